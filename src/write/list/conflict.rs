//! `ON CONFLICT`: new items that are there already.

use std::fmt;

use serde_json::{Map, Value};

use super::known::{Existing, is_numbered};
use super::send::{Refused, Sending, text};
use crate::client::model::DimensionItem;
use crate::client::{ItemAction, ItemCall};
use crate::error::Result;

/// What becomes of a new item that is there already.
#[derive(Debug)]
pub(super) struct Conflict {
    /// Whether its name, or its code, tells which one it is. Either does if neither is said.
    pub(super) by_name: bool,
    pub(super) by_code: bool,
    /// The parts of the item that the other one takes: the path of each in the JSON. It is left alone
    /// if there are none.
    pub(super) set: Vec<(&'static str, String)>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.set.is_empty() {
            return f.write_str("ignore");
        }
        let names: Vec<&str> = self.set.iter().map(|(_, name)| name.as_str()).collect();
        write!(f, "update [{}]", names.join(", "))
    }
}

impl Conflict {
    /// Whether items that are there take new values.
    pub(super) fn updates(&self) -> bool {
        !self.set.is_empty()
    }

    /// What tells items apart that are updated.
    pub(super) fn key(&self) -> &'static str {
        if self.by_code { "code" } else { "name" }
    }

    /// The item that is there.
    fn find<'e>(&self, existing: &'e Existing, item: &Value) -> Option<&'e DimensionItem> {
        let by_code = || existing.code(text(item, "code").filter(|_| self.by_code)?);
        let by_name = || existing.name(text(item, "name").filter(|_| self.by_name)?);
        by_code().or_else(by_name)
    }

    /// What the item that is there is to have of the new one.
    fn update(&self, found: &DimensionItem, item: &Value, is_numbered: bool) -> Value {
        let mut update = Map::new();
        update.insert("id".to_owned(), found.id.as_str().into());
        if !is_numbered {
            update.insert("name".to_owned(), found.name.as_str().into());
        }
        if let Some(code) = &found.code {
            update.insert("code".to_owned(), code.as_str().into());
        }
        for (part, name) in &self.set {
            // What the new item leaves out is blank.
            let blank = || Value::from("");
            if part.is_empty() {
                let value = item.get(name).cloned().unwrap_or_else(blank);
                update.insert(name.clone(), value);
                continue;
            }
            let value = item.get(part).and_then(|part| part.get(name)).cloned();
            let value = value.unwrap_or_else(|| match *part {
                "subsets" => false.into(),
                _ => blank(),
            });
            let part = update.entry(*part).or_insert_with(|| Map::new().into());
            part[name] = value;
        }
        update.into()
    }
}

impl Sending<'_> {
    /// Updates the items that are there instead of adding them, or leaves them alone. Says how many
    /// of those there are.
    ///
    /// # Errors
    /// As every call.
    pub(super) async fn settle(
        &self,
        conflict: &Conflict,
        call: &ItemCall,
        refused: &mut Refused,
    ) -> Result<usize> {
        let items = refused.items(call);
        let texts = |key: &'static str, wanted: bool| {
            items.iter().filter_map(move |(_, item)| text(item, key)).filter(move |_| wanted)
        };
        let names = texts("name", conflict.by_name);
        let existing = Existing::read(self, names, texts("code", conflict.by_code)).await?;
        let is_numbered = is_numbered(self.table);
        let there = items.iter().filter_map(|(place, item)| {
            let found = conflict.find(&existing, item)?;
            Some((*place, conflict.update(found, item, is_numbered)))
        });
        let (places, updates): (Vec<usize>, Vec<Value>) = there.unzip();
        if conflict.set.is_empty() || places.is_empty() {
            refused.replace(&places, Refused::default());
            return Ok(places.len());
        }
        let call = ItemCall::of(&updates)?;
        let mut again = self.run(ItemAction::Update, &call).await?;
        if !again.failures.is_empty() {
            self.name_parents(ItemAction::Update, &call, &mut again).await?;
        }
        refused.replace(&places, again);
        Ok(0)
    }
}
