//! What a request says about an item of a list.

use serde_json::{Map, Value};

/// An item as a request to add, update or delete gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ItemInput {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    /// Empty text is something else than none.
    pub(crate) code: Option<String>,
    /// The parent's name; empty text takes the parent away.
    pub(crate) parent: Option<String>,
    pub(crate) properties: Vec<(String, String)>,
    /// Nothing for a value that is neither true nor false.
    pub(crate) subsets: Vec<(String, Result<bool, String>)>,
}

impl ItemInput {
    /// Reads an item; nothing if a part has a type that it can't have.
    pub(crate) fn parse(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let mut input = Self {
            id: text(object.get("id"))?,
            name: text(object.get("name"))?,
            code: text(object.get("code"))?,
            parent: text(object.get("parent"))?,
            ..Self::default()
        };
        for (name, value) in members(object.get("properties"))? {
            if let Some(value) = text(Some(value))? {
                input.properties.push((name.clone(), value));
            }
        }
        for (name, value) in members(object.get("subsets"))? {
            if let Some(value) = text(Some(value))? {
                let is_in = match value.to_ascii_lowercase().as_str() {
                    "true" => Ok(true),
                    "false" | "" => Ok(false),
                    _ => Err(value),
                };
                input.subsets.push((name.clone(), is_in));
            }
        }
        Some(input)
    }
}

/// Reads text; numbers and truth values become text as they stand, null is as good as missing.
fn text(value: Option<&Value>) -> Option<Option<String>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.trim().to_owned())),
        Some(Value::Number(number)) => Some(Some(number.to_string())),
        Some(Value::Bool(truth)) => Some(Some(truth.to_string())),
        Some(Value::Array(_) | Value::Object(_)) => None,
    }
}

fn members(value: Option<&Value>) -> Option<impl Iterator<Item = (&String, &Value)>> {
    let object: Option<&Map<String, Value>> = match value {
        None | Some(Value::Null) => None,
        Some(Value::Object(object)) => Some(object),
        Some(_) => return None,
    };
    Some(object.into_iter().flatten())
}
