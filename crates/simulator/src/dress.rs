//! What the nasty switches do to an answer on its way out.

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::nasty::Nasty;
use super::reply::{Reply, ReplyBody};

impl Reply {
    /// Does to an answer what the switches say.
    pub(crate) fn dress(mut self, nasty: &Nasty) -> Self {
        if nasty.unknown_fields
            && let ReplyBody::Full(body) = &self.body
            && self.is_json()
            && let Ok(mut value) = serde_json::from_slice(body)
        {
            nasty.dress(&mut value);
            self.body = ReplyBody::Full(value.to_string().into());
        }
        self
    }

    fn is_json(&self) -> bool {
        self.headers.iter().any(|(name, value)| {
            *name == CONTENT_TYPE
                && value.to_str().is_ok_and(|value| value.starts_with("application/json"))
        })
    }
}

impl Nasty {
    /// Does to a part of an answer what the switches say.
    pub(crate) fn dress(&self, value: &mut Value) {
        if self.unknown_fields {
            add_fields(value);
        }
    }
}

/// Adds a field to every object, as the service may do any day.
fn add_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            fields.insert("futureField".to_owned(), json!({"enabled": [true, null]}));
        }
        Value::Array(entries) => entries.iter_mut().for_each(add_fields),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_gets_a_field() {
        let mut value = json!({"models": [{"id": "1"}], "meta": {}});
        add_fields(&mut value);
        let field = json!({"enabled": [true, null]});
        assert_eq!(
            value,
            json!({"models": [{"id": "1", "futureField": field}],
                "meta": {"futureField": field}, "futureField": field})
        );
    }
}
