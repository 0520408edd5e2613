//! How far two tables are from each other.

use super::{Table, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers that differ by no more than this, relative to the larger one or to 1, count as equal:
/// processors round differently.
pub const EQUAL: f64 = 1e-9;

/// How far a table is from another one that should be the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Numbers of rows of both.
    pub rows: [usize; 2],
    /// The columns that differ; all of them where the names or the numbers of rows do.
    pub columns: Vec<ColumnDifference>,
}

/// How far a column is from another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnDifference {
    /// Its name.
    pub name: String,
    /// Cells that are not equal, or nothing where the other table has no such column, or other
    /// rows.
    pub cells: Option<usize>,
    /// Largest difference of two numbers, relative to the larger one or to 1; nothing where none
    /// could be compared.
    pub largest: Option<f64>,
}

impl Difference {
    /// The difference of two tables; their metadata are not looked at.
    pub fn between(own: &Table, other: &Table) -> Self {
        let rows = [own.rows.len(), other.rows.len()];
        let column = |place: usize| {
            let name = &own.columns[place].name;
            let there = other.column(name).filter(|_| rows[0] == rows[1]);
            match there {
                Some(there) => compared(own, place, other, there),
                None => Some(ColumnDifference {
                    name: name.clone(),
                    cells: None,
                    largest: None,
                }),
            }
        };
        let lost = other
            .columns
            .iter()
            .filter(|one| own.column(&one.name).is_none());
        let lost = lost.map(|one| ColumnDifference {
            name: one.name.clone(),
            cells: None,
            largest: None,
        });
        let columns = (0..own.columns.len()).filter_map(column);
        Self {
            rows,
            columns: columns.chain(lost).collect(),
        }
    }

    /// Whether all cells are equal.
    pub fn is_none(&self) -> bool {
        self.columns.is_empty()
    }
}

fn compared(own: &Table, place: usize, other: &Table, there: usize) -> Option<ColumnDifference> {
    let (mut cells, mut largest) = (0, None);
    for (row, same) in own.rows.iter().zip(&other.rows) {
        match (&row[place], &same[there]) {
            (Value::Number(a), Value::Number(b)) => {
                let difference = (a - b).abs() / a.abs().max(b.abs()).max(1.0);
                largest = Some(difference.max(largest.unwrap_or(0.0)));
                cells += usize::from(difference > EQUAL);
            }
            // Quantities and texts are the same in files.
            (a, b) => cells += usize::from(a.to_string() != b.to_string()),
        }
    }
    (cells > 0).then(|| ColumnDifference {
        name: own.columns[place].name.clone(),
        cells: Some(cells),
        largest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(csv: &str) -> Table {
        Table::read(csv).expect("a table")
    }

    #[test]
    fn what_differs_is_named_with_its_size() {
        let own = table("a,b,c\n1,x,2\n3,y,\n");
        assert!(Difference::between(&own, &own).is_none());
        let rounded = table("a,b,c\n1.0000000001,x,2\n3,y,\n");
        assert!(Difference::between(&own, &rounded).is_none());
        let other = table("a,b,c\n1.5,x,2\n3,z,0\n");
        let found = Difference::between(&own, &other);
        let shown: Vec<(&str, Option<usize>)> = found
            .columns
            .iter()
            .map(|one| (one.name.as_str(), one.cells))
            .collect();
        // A number in place of none is a difference.
        assert_eq!(shown, [("a", Some(1)), ("b", Some(1)), ("c", Some(1))]);
        assert_eq!(found.columns[0].largest, Some(0.5 / 1.5));
    }

    #[test]
    fn other_rows_and_columns_are_differences() {
        let own = table("a,b\n1,2\n");
        let longer = Difference::between(&own, &table("a,b\n1,2\n1,2\n"));
        assert_eq!((longer.rows, longer.columns.len()), ([1, 2], 2));
        let renamed = Difference::between(&own, &table("a,c\n1,2\n"));
        let names: Vec<&str> = renamed
            .columns
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["b", "c"]);
    }
}
