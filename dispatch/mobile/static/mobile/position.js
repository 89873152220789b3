// Reads the phone's position once. It is called by a check in or out and by nothing else.
const SECONDS = 10;

// Degrees and metres of accuracy, or null when the phone does not know, may not tell, or takes too long.
export function positionNow() {
  if (!navigator.geolocation || !isSecureContext) return Promise.resolve(null);
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), (SECONDS + 1) * 1000); // a question for permission that nobody answers
    const read = ({ coords }) =>
      resolve({
        latitude: coords.latitude,
        longitude: coords.longitude,
        accuracy_metres: Math.min(Math.round(coords.accuracy), 100_000),
      });
    const options = { enableHighAccuracy: true, timeout: SECONDS * 1000, maximumAge: 0 };
    navigator.geolocation.getCurrentPosition(read, () => resolve(null), options);
  });
}
