//! Tables for programs.

use super::{Table, Value};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// `{"metadata": {…}, "columns": ["…"], "rows": [[…]]}`; what is missing is null.
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names: Vec<&str> = self.columns.iter().map(|one| one.name.as_str()).collect();
        let metadata: std::collections::BTreeMap<&str, &str> = self
            .metadata
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let rows: &[Vec<Value>] = &self.rows;
        let mut table = serializer.serialize_struct("Table", 3)?;
        table.serialize_field("metadata", &metadata)?;
        table.serialize_field("columns", &names)?;
        table.serialize_field("rows", rows)?;
        table.end()
    }
}
