"""Evidence and results at rest: text tables, Parquet, atomic writing, hashes. The only room that knows an engine."""

from pilotzone.store.arrow import as_arrow
from pilotzone.store.digest import file_digests, sha256_file
from pilotzone.store.parquet import read_parquet, write_parquet
from pilotzone.store.place import replacing
from pilotzone.store.text import TextTable, read_csv, write_csv

__all__ = [
    "TextTable",
    "as_arrow",
    "file_digests",
    "read_csv",
    "read_parquet",
    "replacing",
    "sha256_file",
    "write_csv",
    "write_parquet",
]
