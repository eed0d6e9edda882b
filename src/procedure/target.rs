//! What a call is about: its model, and objects of it by name or id.

use std::sync::Arc;

use super::call::Call;
use crate::client::model::Model;
use crate::error::{Error, ErrorKind, Result};
use crate::names::{Lookup, NameIndex, quoted};

/// The schema of metadata, which is no model.
const INFORMATION: &str = "information";

impl Call {
    /// The model that `Workspace` and `Model` name, else the default one.
    pub(super) async fn model(&self) -> Result<Arc<Model>> {
        let given = (self.arguments.get("Workspace"), self.arguments.get("Model"));
        let (catalog, schema) = &self.defaults;
        let is_model = !schema.eq_ignore_ascii_case(INFORMATION);
        let (workspace, model) = match given {
            (workspace, Some(model)) => (workspace, model),
            (None, None) if is_model => (Some(catalog.as_str()), schema.as_str()),
            _ => {
                return Err(Error::new(ErrorKind::Query, "it is not said which model is meant")
                    .with_hint(
                        "give Model, or make one the default: USE \"Workspace\".\"Model\", or \
                         Workspace and Model in the connection string",
                    ));
            }
        };
        let names = self.directory.names().await?;
        if let Some(workspace) = workspace {
            return Ok(Arc::clone(names.workspace(workspace)?.model(model)?));
        }
        // Of several models with one name the one beside the default one is meant.
        if let Ok(workspace) = names.workspace(catalog)
            && let Ok(model) = workspace.model(model)
        {
            return Ok(Arc::clone(model));
        }
        Ok(Arc::clone(names.model_anywhere(model)?.1))
    }
}

/// The place of the object that a text means among those of its kind in a model; `named` gives id
/// and name.
pub(crate) fn place<T>(
    kind: &str,
    text: &str,
    all: &[T],
    named: impl Fn(&T) -> (&str, &str) + Clone,
) -> Result<usize> {
    let index = NameIndex::new(all.iter().map(named), &[]);
    match index.find(text) {
        Lookup::Found(i) => Ok(i),
        Lookup::Ambiguous(several) => {
            let names = several.iter().map(|&i| index.listed()[i].as_str());
            let text = format!("there are several {kind}s that \"{text}\" may mean");
            Err(Error::new(ErrorKind::NotFound, text)
                .with_hint(format!("name one of them: {}", quoted(names))))
        }
        Lookup::Missing => {
            let error = Error::new(ErrorKind::NotFound, format!("there is no {kind} \"{text}\""));
            let near = index.near(text);
            Err(if near.is_empty() {
                error.with_hint(format!("the model's {kind}s are named by name or id"))
            } else {
                error.with_hint(format!("did you mean {}?", quoted(near)))
            })
        }
    }
}
