"""Static files as production serves them: compressed, with content hashes in their names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports between our ES modules, so that a new release never mixes with cached old modules."""

    support_js_module_import_aggregation = True
