"""Static files as production serves them: compressed, with content hashes in their names."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Only ours: Django's patterns also find "imports" in the comments and texts of other people's scripts.
_OUR_MODULES = ("js/*.js", HashedFilesMixin._js_module_import_aggregation_patterns[1])  # type: ignore[attr-defined]


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports between our ES modules, so that a new release never mixes with cached old modules."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, _OUR_MODULES)
    max_post_process_passes = 20  # up to one for each link of a chain of imports: ours have about ten
