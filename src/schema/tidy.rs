//! Derived schemas made strict, and readable without the source.

use serde_json::Value;

/// Keywords whose schemas describe the same value as the schema that they stand in.
const IN_PLACE: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Keywords that hold schemas by name.
const BY_NAME: [&str; 2] = ["properties", "$defs"];

/// Keywords that hold the schema of a part.
const PARTS: [&str; 2] = ["items", "additionalProperties"];

/// Closes every object, removes what only the source needs, and makes descriptions of
/// documentation.
pub(super) fn tidy(schema: &mut Value) {
    close(schema);
    clean(schema);
}

/// Refuses fields that an object does not have, in this schema and in all parts of it.
fn close(schema: &mut Value) {
    if names_fields(schema)
        && let Value::Object(map) = schema
        && !map.contains_key("additionalProperties")
    {
        map.entry("unevaluatedProperties").or_insert(false.into());
    }
    close_parts(schema);
}

/// The same of the parts alone: what describes the same value in other words is closed by the
/// schema that it stands in.
fn close_parts(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    for key in BY_NAME {
        if let Some(Value::Object(named)) = map.get_mut(key) {
            named.values_mut().for_each(close);
        }
    }
    for key in PARTS {
        map.get_mut(key).into_iter().for_each(close);
    }
    if let Some(Value::Array(parts)) = map.get_mut("prefixItems") {
        parts.iter_mut().for_each(close);
    }
    for key in IN_PLACE {
        if let Some(Value::Array(same)) = map.get_mut(key) {
            same.iter_mut().for_each(close_parts);
        }
    }
}

/// Whether a schema says which fields a value has.
fn names_fields(schema: &Value) -> bool {
    let open = schema.get("properties").is_some() && schema.get("additionalProperties").is_none();
    let same = IN_PLACE.iter().filter_map(|key| schema[*key].as_array());
    open || same.flatten().any(names_fields)
}

/// Formats of numbers are those of Rust, and defaults stand in the descriptions: both are removed.
fn clean(schema: &mut Value) {
    let Value::Object(map) = schema else {
        if let Value::Array(all) = schema {
            all.iter_mut().for_each(clean);
        }
        return;
    };
    // A field may have the name of a keyword.
    if let Some(Value::Object(fields)) = map.get_mut("properties") {
        fields.values_mut().for_each(clean);
    }
    map.remove("format");
    map.remove("default");
    if let Some(Value::String(text)) = map.get_mut("description") {
        *text = description(text);
    }
    for (key, part) in map.iter_mut() {
        if key != "properties" && !matches!(part, Value::String(_)) {
            clean(part);
        }
    }
}

/// The text of a documentation comment: lines are joined, and links within the source are only
/// names, and nothing is null.
fn description(text: &str) -> String {
    // Examples are for those who read the source.
    let text = text.split("```").next().unwrap_or(text).trim_end();
    let joined: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let joined = joined.join("\n\n");
    let mut rest = joined.as_str();
    let mut plain = String::new();
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else {
            break;
        };
        plain.push_str(before);
        plain.push('`');
        plain.push_str(name.rsplit("::").next().unwrap_or(name));
        plain.push('`');
        // [`Name`](path)
        rest = match after
            .strip_prefix('(')
            .and_then(|path| path.split_once(')'))
        {
            Some((_, after)) => after,
            None => after,
        };
    }
    without_references(&(plain + rest)).replace("`None`", "null")
}

/// The text without " (see `Name`)": the names are those of the source.
fn without_references(text: &str) -> String {
    let mut parts = text.split(" (see `");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("`)") {
            Some((_, after)) => plain.push_str(after),
            None => plain = plain + " (see `" + part,
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_are_closed_where_they_are_described() {
        let mut schema = json!({
            "properties": { "a": { "properties": { "format": { "type": "string", "format": "double" } } } },
            "oneOf": [{ "properties": { "b": {} } }, { "properties": { "c": {} } }],
            "$defs": { "map": { "additionalProperties": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } } },
        });
        tidy(&mut schema);
        let closed = json!({
            "properties": { "a": { "properties": { "format": { "type": "string" } }, "unevaluatedProperties": false } },
            "oneOf": [{ "properties": { "b": {} } }, { "properties": { "c": {} } }],
            "$defs": { "map": { "additionalProperties": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } } },
            "unevaluatedProperties": false,
        });
        assert_eq!(schema, closed);
    }

    #[test]
    fn descriptions_are_plain() {
        for (text, plain) in [
            ("Two\nlines.\n\nMore.", "Two lines.\n\nMore."),
            ("One (see [`crate::a::B::c`]).\n\n```\nx\n```", "One."),
            (
                "See [`Row::noticeable`], or [`Law`](crate::law::Law).",
                "See `noticeable`, or `Law`.",
            ),
            ("In [0, 1]; `None`.", "In [0, 1]; null."),
        ] {
            assert_eq!(description(text), plain);
        }
    }
}
