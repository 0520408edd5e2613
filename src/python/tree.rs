//! Answers on their way to Python: what `serde` would write as JSON becomes objects of Python, with
//! arrays of numpy where a field holds real numbers.

use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde::Serialize;
use serde::ser::{self, SerializeMap, SerializeSeq, SerializeStruct};
use std::fmt;

/// A serialised value.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Nothing,
    Flag(bool),
    Integer(i64),
    Natural(u64),
    Real(f64),
    Text(String),
    /// Real numbers, and NaN in place of those that are missing.
    Reals(Vec<f64>),
    List(Vec<Tree>),
    Fields(Vec<(String, Tree)>),
}

/// A value as a tree.
///
/// # Errors
/// A map whose keys are no text, or bytes.
pub fn tree_of(value: &impl Serialize) -> Result<Tree, Unfit> {
    value.serialize(Planter)
}

impl Tree {
    fn list(items: Vec<Tree>) -> Self {
        let number = |item: &Tree| match item {
            Tree::Real(number) => Some(*number),
            Tree::Nothing => Some(f64::NAN),
            _ => None,
        };
        let some = items.iter().any(|item| matches!(item, Tree::Real(_)));
        match items.iter().map(number).collect::<Option<Vec<f64>>>() {
            Some(numbers) if some => Self::Reals(numbers),
            _ => Self::List(items),
        }
    }

    /// Rows of equal length, as one matrix.
    fn rows(items: &[Tree]) -> Option<Vec<Vec<f64>>> {
        let row = |item: &Tree| match item {
            Tree::Reals(numbers) => Some(numbers.clone()),
            _ => None,
        };
        let rows = items.iter().map(row).collect::<Option<Vec<_>>>()?;
        let width = rows.first()?.len();
        rows.iter().all(|row| row.len() == width).then_some(rows)
    }

    /// The object of Python.
    pub fn object<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::Nothing => py.None().into_bound(py),
            Self::Flag(flag) => flag.into_bound_py_any(py)?,
            Self::Integer(number) => number.into_bound_py_any(py)?,
            Self::Natural(number) => number.into_bound_py_any(py)?,
            Self::Real(number) => number.into_bound_py_any(py)?,
            Self::Text(text) => PyString::new(py, text).into_any(),
            Self::Reals(numbers) => numbers.to_pyarray(py).into_any(),
            Self::List(items) => match Self::rows(items) {
                Some(rows) => PyArray2::from_vec2(py, &rows)?.into_any(),
                None => {
                    let list = PyList::empty(py);
                    for item in items {
                        list.append(item.object(py)?)?;
                    }
                    list.into_any()
                }
            },
            Self::Fields(fields) => {
                let dict = PyDict::new(py);
                for (name, value) in fields {
                    dict.set_item(PyString::intern(py, name), value.object(py)?)?;
                }
                dict.into_any()
            }
        })
    }
}

/// Real numbers as an array, row by row.
pub fn array<'py>(py: Python<'py>, numbers: Vec<f64>) -> Bound<'py, PyArray1<f64>> {
    PyArray1::from_vec(py, numbers)
}

/// What has no place in a tree.
#[derive(Debug)]
pub struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl ser::Error for Unfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Planter;

/// A list, or the named parts of a struct or a map, on the way; `variant` names what is around.
struct Growing {
    variant: Option<&'static str>,
    items: Vec<Tree>,
    fields: Vec<(String, Tree)>,
    key: Option<String>,
}

impl Growing {
    fn new(variant: Option<&'static str>) -> Self {
        Self {
            variant,
            items: Vec::new(),
            fields: Vec::new(),
            key: None,
        }
    }

    fn finish(self, tree: Tree) -> Tree {
        match self.variant {
            Some(variant) => Tree::Fields(vec![(variant.into(), tree)]),
            None => tree,
        }
    }

    fn finish_list(mut self) -> Result<Tree, Unfit> {
        let items = std::mem::take(&mut self.items);
        Ok(self.finish(Tree::list(items)))
    }

    fn finish_fields(mut self) -> Result<Tree, Unfit> {
        let fields = std::mem::take(&mut self.fields);
        Ok(self.finish(Tree::Fields(fields)))
    }

    fn push(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Unfit> {
        self.items.push(value.serialize(Planter)?);
        Ok(())
    }

    fn name(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), Unfit> {
        self.fields.push((key.into(), value.serialize(Planter)?));
        Ok(())
    }
}

impl SerializeSeq for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.push(value)
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_list()
    }
}

impl ser::SerializeTuple for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.push(value)
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_list()
    }
}

impl ser::SerializeTupleStruct for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.push(value)
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_list()
    }
}

impl ser::SerializeTupleVariant for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.push(value)
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_list()
    }
}

impl SerializeMap for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        self.key = Some(match key.serialize(Planter)? {
            Tree::Text(text) => text,
            Tree::Integer(number) => number.to_string(),
            Tree::Natural(number) => number.to_string(),
            other => return Err(Unfit(format!("{other:?} is no name of a field"))),
        });
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let key = self.key.take().unwrap_or_default();
        self.fields.push((key, value.serialize(Planter)?));
        Ok(())
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_fields()
    }
}

impl SerializeStruct for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.name(key, value)
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_fields()
    }
}

impl ser::SerializeStructVariant for Growing {
    type Ok = Tree;
    type Error = Unfit;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.name(key, value)
    }
    fn end(self) -> Result<Tree, Unfit> {
        self.finish_fields()
    }
}

macro_rules! plant {
    ($($method:ident($type:ty) => $variant:ident as $target:ty;)+) => {
        $(fn $method(self, value: $type) -> Result<Tree, Unfit> {
            Ok(Tree::$variant(<$target>::from(value)))
        })+
    };
}

impl ser::Serializer for Planter {
    type Ok = Tree;
    type Error = Unfit;
    type SerializeSeq = Growing;
    type SerializeTuple = Growing;
    type SerializeTupleStruct = Growing;
    type SerializeTupleVariant = Growing;
    type SerializeMap = Growing;
    type SerializeStruct = Growing;
    type SerializeStructVariant = Growing;

    plant! {
        serialize_bool(bool) => Flag as bool;
        serialize_i8(i8) => Integer as i64;
        serialize_i16(i16) => Integer as i64;
        serialize_i32(i32) => Integer as i64;
        serialize_i64(i64) => Integer as i64;
        serialize_u8(u8) => Natural as u64;
        serialize_u16(u16) => Natural as u64;
        serialize_u32(u32) => Natural as u64;
        serialize_u64(u64) => Natural as u64;
        serialize_char(char) => Text as String;
        serialize_str(&str) => Text as String;
    }

    fn serialize_f32(self, value: f32) -> Result<Tree, Unfit> {
        self.serialize_f64(f64::from(value))
    }

    /// As in JSON, a number that is not finite is none.
    fn serialize_f64(self, value: f64) -> Result<Tree, Unfit> {
        Ok(match value.is_finite() {
            true => Tree::Real(value),
            false => Tree::Nothing,
        })
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Tree, Unfit> {
        Err(Unfit("bytes".into()))
    }

    fn serialize_none(self) -> Result<Tree, Unfit> {
        Ok(Tree::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Tree, Unfit> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Tree, Unfit> {
        Ok(Tree::Nothing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Tree, Unfit> {
        Ok(Tree::Nothing)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Tree, Unfit> {
        Ok(Tree::Text(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Tree, Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Tree, Unfit> {
        Ok(Tree::Fields(vec![(variant.into(), value.serialize(self)?)]))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Growing, Unfit> {
        Ok(Growing::new(None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Growing, Unfit> {
        Ok(Growing::new(None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Growing, Unfit> {
        Ok(Growing::new(None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Growing, Unfit> {
        Ok(Growing::new(Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Growing, Unfit> {
        Ok(Growing::new(None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Growing, Unfit> {
        Ok(Growing::new(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Growing, Unfit> {
        Ok(Growing::new(Some(variant)))
    }
}
