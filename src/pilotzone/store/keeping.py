"""Rows that were sorted once are kept in a file, so that no later pass sorts them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

__all__ = ["KeptRows"]


class KeptRows:
    """A file of Arrow batches, there once all of them have been written.

    Parameters
    ----------
    folder
        Where the file lies; whoever made the folder removes it.
    """

    def __init__(self, folder: Path) -> None:
        self._partial, self._whole = folder / "rows.partial", folder / "rows.arrow"

    def __bool__(self) -> bool:
        """Whether all rows are there."""
        return self._whole.exists()

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches that were kept."""
        import pyarrow as pa

        with pa.OSFile(str(self._whole)) as file, pa.ipc.open_stream(file) as reader:
            yield from reader

    def keep(self, batches: Iterable[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
        """Yield batches, and keep them if all of them are taken and the disk has room; else nothing is left."""
        writer = _Writer(self._partial)
        try:
            for batch in batches:
                writer.write(batch)
                yield batch
            if writer.close():
                self._partial.rename(self._whole)
        finally:
            writer.close()
            self._partial.unlink(missing_ok=True)


class _Writer:
    """Writes batches to a file until it cannot: a full disk costs a later pass its time, and no result."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: tuple[pa.OSFile, pa.RecordBatchStreamWriter] | None = None
        self._failed = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Write one batch, or give the file up."""
        import pyarrow as pa

        if self._failed:
            return
        try:
            if self._open is None:
                file = pa.OSFile(str(self._path), "wb")
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                self._open = file, pa.ipc.new_stream(file, batch.schema, options=options)
            self._open[1].write_batch(batch)
        except OSError:
            self._failed = True
            self.close()
            self._path.unlink(missing_ok=True)

    def close(self) -> bool:
        """Close the file, and return whether all batches are in it."""
        written, self._open = self._open, None
        if written is None:
            return False
        file, stream = written
        try:
            with file:
                stream.close()
        except OSError:
            self._failed = True
        return not self._failed
