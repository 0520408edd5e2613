use super::super::{read_data, read_matrix, write_npy};
use super::*;
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// A file that NumPy or Python wrote.
fn written(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/formats");
    folder.join(name)
}

/// What these files hold, with an offset.
fn expected(offset: f64) -> Matrix {
    Matrix::from_fn(7, 5, |i, j| ((i * 5 + j) * 37 % 101) as f64 + offset)
}

#[test]
fn files_of_numpy_and_idx_are_read() {
    for (name, offset) in [
        ("f8.npy", -19.75),
        ("f4.npy", -19.75),
        ("f8-fortran.npy", -19.75),
        ("f4-fortran.npy", -19.75),
        ("f8-big.npy", -19.75),
        ("f8-version-2.npy", -19.75),
        ("f8.npy.gz", -19.75),
        ("f8-fortran.npy.gz", -19.75),
        ("f8.csv", -19.75),
        ("f8.csv.gz", -19.75),
        ("u1.npy", 0.0),
        ("u1-fortran.npy", 0.0),
        ("i1.npy", -20.0),
        ("u2.npy", 0.0),
        ("i2-big.npy", -20.0),
        ("i4.npy", -20.0),
        ("i8.npy", -20.0),
        ("u1.idx", 0.0),
        ("u1.idx.gz", 0.0),
        ("i1.idx", -20.0),
        ("i2.idx", -20.0),
        ("i4.idx", -20.0),
        ("f4.idx", -19.75),
        ("f8.idx", -19.75),
    ] {
        assert_eq!(
            read_matrix(&written(name)).expect(name),
            expected(offset),
            "{name}"
        );
        assert_eq!(
            read_data(&written(name)).expect(name),
            expected(offset),
            "{name}"
        );
    }
    let truths = expected(-20.0).map(|x| f64::from(u8::from(x > 0.0)));
    assert_eq!(read_matrix(&written("bool.npy")).expect("bool"), truths);
}

#[test]
fn what_is_no_matrix_of_numbers_is_refused() {
    for (name, words) in [
        ("f2.npy", "type <f2: real numbers (f4, f8)"),
        ("complex.npy", "type <c16"),
        ("strings.npy", "type <U3"),
        ("objects.npy", "type |O"),
        ("structured.npy", "type [('a', '<f8'), ('b', '<i4')]"),
        ("vector.npy", "dimension 1: a matrix is needed"),
        ("cube.npy", "dimension 3: a matrix is needed"),
        ("empty.npy", "has no entries: its header states 0 × 5"),
        ("labels.idx", "dimension 1: two at least"),
        ("f8.npz", "take the NPY out of it"),
        (".", "is not a regular file"),
        ("nosuch.npy", "No such file"),
    ] {
        refused(&written(name), words);
    }
}

/// The message names the file, and comes at once.
#[track_caller]
fn refused(path: &Path, words: &str) {
    let begun = Instant::now();
    let message = read_matrix(path).expect_err(words).to_string();
    assert!(begun.elapsed() < Duration::from_secs(1), "{message}");
    assert!(
        message.starts_with(&path.display().to_string()),
        "{message}"
    );
    assert!(message.contains(words), "{words}: {message}");
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

/// An NPY file of version 1 with this dictionary.
fn numpy(dictionary: &str, entries: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((dictionary.len() as u16).to_le_bytes());
    bytes.extend(dictionary.as_bytes());
    bytes.extend(entries);
    bytes
}

fn stated(shape: &str) -> Vec<u8> {
    let dictionary = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    numpy(&dictionary, &[0; 64])
}

#[test]
fn broken_files_are_refused_with_their_place() {
    let good = |name: &str| fs::read(written(name)).expect("a good file");
    let changed = |name: &str, at: usize, bytes: &[u8]| {
        let mut all = good(name);
        all[at..at + bytes.len()].copy_from_slice(bytes);
        all
    };
    let without = |name: &str, last: usize| {
        let mut all = good(name);
        all.truncate(all.len() - last);
        all
    };
    let longer = |name: &str| [good(name), vec![7]].concat();
    let nan = f64::NAN.to_le_bytes();
    let entries = 128;
    let fixed = |length: [u8; 4]| [b"\x93NUMPY\x02\x00".to_vec(), length.to_vec()].concat();
    let huge = [
        0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];
    let large = [0, 0, 8, 2, 255, 255, 255, 255, 0, 1, 0, 0, 1, 2, 3];
    for (bytes, words) in [
        (Vec::new(), "no row of numbers"),
        (
            without("u1.idx", 1),
            "ends too early: its header states 35 bytes of entries, and 34 follow",
        ),
        (longer("u1.idx"), "goes on behind the 35 bytes"),
        (without("u1.idx", 43), "ends too early"),
        (vec![0, 0], "ends too early"),
        (
            changed("u1.idx", 2, &[0x0a]),
            "entries of type 0x0a, which there is not",
        ),
        (changed("u1.idx", 2, &[0]), "entries of type 0x00"),
        (changed("u1.idx", 3, &[0]), "dimension 0: two at least"),
        (
            changed("u1.idx", 4, &[0; 4]),
            "has no entries: its header states 0 × 5 × 1",
        ),
        (
            huge.to_vec(),
            "4294967295 × 4294967295 × 4294967295 entries: too many",
        ),
        (
            large.to_vec(),
            "states 281474976645120 bytes of entries, and 3 follow",
        ),
        (compressed(&huge), "too many"),
        (compressed(&large), "and 3 follow"),
        (changed("f8.npy", 0, b"\x94"), "is not UTF-8 text"),
        (
            without("f8.npy", 1),
            "states 280 bytes of entries, and 279 follow",
        ),
        (without("f8.npy", 300), "ends too early"),
        (longer("f8.npy"), "goes on behind the 280 bytes"),
        (changed("f8.npy", 6, &[4]), "NPY of version 4"),
        (
            fixed([255; 4]),
            "a header of 4294967295 bytes".trim_start_matches("a "),
        ),
        (fixed([0, 1, 0, 0]), "ends too early"),
        (
            stated("(4294967296, 4294967296)"),
            "4294967296 × 4294967296 entries: too many",
        ),
        (stated("(99999999999999999999, 2)"), "too many"),
        (stated("(1152921504606846976, 1)"), "and 64 follow"),
        (
            stated("(-1, 8)"),
            "does not state descr, fortran_order and shape",
        ),
        (stated("(1, 8"), "does not state"),
        (stated("8"), "does not state"),
        (numpy("", &[]), "does not state"),
        (numpy("{'descr': '<f8'}", &[]), "does not state"),
        (
            numpy(
                "{'descr': '<f8', 'fortran_order': 0, 'shape': (1, 1)}",
                &[0; 8],
            ),
            "does not state",
        ),
        (
            numpy(
                "{'descr': 'é', 'fortran_order': True, 'shape': (1, 1)}",
                &[0; 8],
            ),
            "entries of type é",
        ),
        (
            changed("f8.npy", entries + 8 * 13, &nan),
            "row 3, column 4 is NaN",
        ),
        (
            changed("f8-fortran.npy", entries + 8 * 13, &nan),
            "row 7, column 2 is NaN",
        ),
        (
            changed("f4.idx", 12 + 4 * 13, &f32::INFINITY.to_be_bytes()),
            "row 3, column 4 is inf",
        ),
        (
            compressed(b"1,2\n3\n"),
            "line 2: 1 numbers where the first line has 2",
        ),
        (compressed(b"1,2\n3,x\n"), "line 2: column 2 is \"x\""),
        (compressed(b""), "no row of numbers"),
        (compressed(&good("u1.idx.gz")), "compressed by gzip twice"),
        (b"\x1f\x8b rubbish that is no stream".to_vec(), "gzip: "),
        (without("u1.idx.gz", 20), "gzip: "),
        (without("f8.csv.gz", 20), "gzip: it ends too early"),
        (without("f8-fortran.npy.gz", 4), "gzip: it ends too early"),
        (longer("u1.idx.gz"), "gzip: "),
        (b"caf\xe9,1\n2,3\n".to_vec(), "line 1: is not UTF-8 text"),
        (
            b"some text\nof two lines\n".to_vec(),
            "line 2: column 1 is \"of two lines\"",
        ),
    ] {
        let folder = tempdir().expect("a folder");
        let path = folder.path().join("given");
        fs::write(&path, bytes).expect("written");
        refused(&path, words);
    }
}

/// A line without an end, small as it is compressed, is given up in time.
#[test]
fn endless_lines_are_refused() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("bomb.csv.gz");
    fs::write(&path, compressed(&vec![b'1'; 40 << 20])).expect("written");
    refused(&path, "line of more than 32 MiB");
}

/// Names that Python writes otherwise, and shapes of old versions.
#[test]
fn headers_are_read_as_python_reads_them() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("given.npy");
    let entries: Vec<u8> = [1.5f64, -2.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    for dictionary in [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }          \n",
        "{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"<f8\"}",
        " { 'fortran_order' : False , 'shape' : ( 1 , 2 , ) , 'descr' : '<f8' } ",
    ] {
        fs::write(&path, numpy(dictionary, &entries)).expect("written");
        let read = read_matrix(&path).expect(dictionary);
        assert_eq!(read, Matrix::from_row_slice(1, 2, &[1.5, -2.0]));
    }
}

#[test]
fn a_written_matrix_is_the_one_that_numpy_writes() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("m.npy");
    write_npy(&path, &expected(-19.75)).expect("written");
    assert_eq!(
        fs::read(&path).expect("it"),
        fs::read(written("f8.npy")).expect("NumPy's")
    );
    let odd = Matrix::from_fn(1, 3, |_, j| 1.0 / (j as f64 - 1.5));
    write_npy(&path, &odd).expect("written");
    assert_eq!(read_matrix(&path).expect("read"), odd);
}

/// A file that changes between passes has no row too many or too few.
#[test]
fn files_that_change_are_noticed() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("m.csv");
    fs::write(&path, "1,2\n3,4\n").expect("written");
    for text in ["1,2\n", "1,2\n3,4\n5,6\n", "1,2\n3\n"] {
        fs::write(&path, "1,2\n3,4\n").expect("written");
        let lines = open(&path, Role::Data).expect("good");
        fs::write(&path, text).expect("written");
        let message = lines.matrix("it").expect_err(text).to_string();
        assert!(message.contains("changed while it was read"), "{message}");
    }
}
