"""How static files are kept in production: compressed, with a hash in each name, so that they may be cached for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Also puts the hashed names into the imports of the mobile page's modules.

    Django's own switch for that reads every script of every package, and some of those import what was never shipped.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("mobile/*.js", ((r"""(?P<matched>from "(?P<url>\./[^"]+)")""", """from "%(url)s\""""),)),
    )
