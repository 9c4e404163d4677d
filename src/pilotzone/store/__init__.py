"""Evidence and results at rest: files of users, Parquet, atomic writing, hashes. The only room that knows an engine."""

from pilotzone.store.arriving import Arriving, whole_table
from pilotzone.store.arrow import as_arrow
from pilotzone.store.csvform import CsvForm
from pilotzone.store.digest import file_digests, panel_digests, sha256_file, table_digests
from pilotzone.store.files import panel_files
from pilotzone.store.ipcfiles import IPC, open_ipc
from pilotzone.store.jsonlines import JSON_LINES, open_json_lines
from pilotzone.store.kernel import Engine, Kernel, PanelColumns, PanelFacts, RowBatch, RowKernel, UnitBatch
from pilotzone.store.labelled import LABELLED, KeptLabelled, LabelledTable, keep_labelled, read_labelled
from pilotzone.store.limits import check_master, check_memory, check_spark, check_threads, on_this_machine
from pilotzone.store.merging import merged
from pilotzone.store.panel import EngineName, arriving_columns, open_panel, read_table
from pilotzone.store.parquet import parquet_bytes, parquet_content, read_parquet, write_parquet
from pilotzone.store.paths import local_path, replacing
from pilotzone.store.postgres import POSTGRES, is_postgres, open_postgres, postgres_digests
from pilotzone.store.spill import own_folder
from pilotzone.store.text import TextTable, csv_bytes, read_csv, write_csv
from pilotzone.store.views import BatchChange, PanelView, kept_units
from pilotzone.store.wide import WIDE_TIME, wide_columns
from pilotzone.store.workbook import SHEETS, OddCell, Sheet, read_workbook

__all__ = [
    "IPC",
    "JSON_LINES",
    "LABELLED",
    "POSTGRES",
    "SHEETS",
    "WIDE_TIME",
    "Arriving",
    "BatchChange",
    "CsvForm",
    "Engine",
    "EngineName",
    "KeptLabelled",
    "Kernel",
    "LabelledTable",
    "OddCell",
    "PanelColumns",
    "PanelFacts",
    "PanelView",
    "RowBatch",
    "RowKernel",
    "Sheet",
    "TextTable",
    "UnitBatch",
    "arriving_columns",
    "as_arrow",
    "check_master",
    "check_memory",
    "check_spark",
    "check_threads",
    "csv_bytes",
    "file_digests",
    "is_postgres",
    "keep_labelled",
    "kept_units",
    "local_path",
    "merged",
    "on_this_machine",
    "open_ipc",
    "open_json_lines",
    "open_panel",
    "open_postgres",
    "own_folder",
    "panel_digests",
    "panel_files",
    "parquet_bytes",
    "parquet_content",
    "postgres_digests",
    "read_csv",
    "read_labelled",
    "read_parquet",
    "read_table",
    "read_workbook",
    "replacing",
    "sha256_file",
    "table_digests",
    "whole_table",
    "wide_columns",
    "write_csv",
    "write_parquet",
]
