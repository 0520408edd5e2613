//! Pictures are figures of the tables that they belong to.
