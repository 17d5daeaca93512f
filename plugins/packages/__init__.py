"""The bytes of versions: which files a package holds, and where they lie."""
