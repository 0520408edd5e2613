"""Writes the files beside it: `python3 make.py`, with NumPy 2.4.

The matrix has 7 rows and 5 columns, entry (i, j) is (i * 5 + j) * 37 % 101 - 20 where numbers have signs,
and 20 more where they have none; real numbers have a quarter more.
"""

import gzip
import struct
from pathlib import Path

import numpy

here = Path(__file__).parent
i, j = numpy.indices((7, 5))
signed = (i * 5 + j) * 37 % 101 - 20
unsigned = signed + 20
real = signed + 0.25

for name, array in {
    "f8": real.astype("<f8"),
    "f4": real.astype("<f4"),
    "f8-fortran": numpy.asfortranarray(real.astype("<f8")),
    "f4-fortran": numpy.asfortranarray(real.astype("<f4")),
    "f8-big": real.astype(">f8"),
    "u1": unsigned.astype("u1"),
    "u1-fortran": numpy.asfortranarray(unsigned.astype("u1")),
    "i1": signed.astype("i1"),
    "u2": unsigned.astype("<u2"),
    "i2-big": signed.astype(">i2"),
    "i4": signed.astype("<i4"),
    "i8": signed.astype("<i8"),
    "bool": signed > 0,
    # Not read.
    "f2": real.astype("<f2"),
    "complex": real.astype("<c16"),
    "strings": signed.astype("U3"),
    "objects": signed.astype(object),
    "structured": numpy.zeros(3, dtype=[("a", "<f8"), ("b", "<i4")]),
    "vector": real[0],
    "cube": real.reshape(7, 5, 1),
    "empty": numpy.zeros((0, 5)),
}.items():
    numpy.save(here / f"{name}.npy", array)

numpy.lib.format.write_array(open(here / "f8-version-2.npy", "wb"), real, version=(2, 0))
numpy.savez(here / "f8.npz", real)
numpy.savetxt(here / "f8.csv", real, delimiter=",")
(here / "f8.npy.gz").write_bytes(gzip.compress((here / "f8.npy").read_bytes(), mtime=0))
(here / "f8-fortran.npy.gz").write_bytes(gzip.compress((here / "f8-fortran.npy").read_bytes(), mtime=0))
(here / "f8.csv.gz").write_bytes(gzip.compress((here / "f8.csv").read_bytes(), mtime=0))


def idx(code, array):
    dimensions = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + dimensions + array.tobytes()


images = idx(0x08, unsigned.astype("u1").reshape(7, 5, 1))
(here / "u1.idx").write_bytes(images)
(here / "u1.idx.gz").write_bytes(gzip.compress(images, mtime=0))
for name, code, array in [
    ("i1", 0x09, signed.astype("i1")),
    ("i2", 0x0B, signed.astype(">i2")),
    ("i4", 0x0C, signed.astype(">i4")),
    ("f4", 0x0D, real.astype(">f4")),
    ("f8", 0x0E, real.astype(">f8")),
]:
    (here / f"{name}.idx").write_bytes(idx(code, array))
(here / "labels.idx").write_bytes(idx(0x08, numpy.arange(7, dtype="u1")))
