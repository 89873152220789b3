// The elder's card. Its QR code holds the address of this page with `#card=` and the code; where a browser can read such
// codes itself the camera is used here, elsewhere the phone's own camera opens the page.
export const canScan = () => "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);

export const codeIn = (text) => /(?:#card=|^)(\w{4,16})$/.exec(text.trim())?.[1] ?? null;

// Shows the camera in the given element until a card is read or `signal` gives up; the code, or null.
export async function scan(video, signal) {
  const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const [code] = (await detector.detect(video)).map((each) => codeIn(each.rawValue)).filter(Boolean);
      if (code) return code;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return null;
  } finally {
    stream.getTracks().forEach((track) => track.stop());
  }
}
