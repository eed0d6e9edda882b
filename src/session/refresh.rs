//! `REFRESH METADATA`: names and columns are read anew.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::Session;
use super::catalog::TENANT;
use crate::client::model::{ModelId, WorkspaceId};
use crate::error::Result;

/// Whether a statement is `REFRESH METADATA`. It is no SQL, so no parser knows it.
pub(super) fn is_refresh(sql: &str) -> bool {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else { return false };
    let mut words = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    let mut is = |wanted: &str| match words.next() {
        Some(Token::Word(word)) => {
            word.quote_style.is_none() && word.value.eq_ignore_ascii_case(wanted)
        }
        _ => false,
    };
    is("REFRESH") && is("METADATA") && words.all(|token| *token == Token::SemiColon)
}

impl Session {
    /// Forgets the names of workspaces, models and their tables, and the columns of tables, so that
    /// what has changed in the models since is seen. `REFRESH METADATA` and `\refresh` do so. Plans
    /// that have been made keep what they were made with. The default model stays the default,
    /// whatever it is called by now.
    ///
    /// # Errors
    /// As every call: names of workspaces and models that have been read are read anew at once (two
    /// requests). When they can't be, everything stays as it was.
    pub async fn refresh_metadata(&self) -> Result<()> {
        self.sign_in().await?;
        let default = self.default_model();
        self.directory.refresh().await?;
        self.connection.forget_shapes();
        if let Some((workspace, model)) = default
            && let Some(names) = self.directory.known_names()
            && let Some(workspace) = names.workspace_with_id(&workspace)
            && let Some(schema) = workspace.schema(&model)
        {
            self.set_defaults(&workspace.catalog, schema);
        }
        Ok(())
    }

    /// The model whose tables need no prefix, if there is one.
    fn default_model(&self) -> Option<(WorkspaceId, ModelId)> {
        let (catalog, schema) = self.defaults();
        if catalog == TENANT {
            return None;
        }
        let names = self.directory.known_names()?;
        let workspace = names.workspace(&catalog).ok()?;
        Some((workspace.id.clone(), workspace.model(&schema).ok()?.id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::is_refresh;

    #[test]
    fn the_statement_is_two_words() {
        for yes in
            ["REFRESH METADATA", "refresh metadata;", " Refresh\n-- all\n/* it */ Metadata ; "]
        {
            assert!(is_refresh(yes), "{yes}");
        }
        for no in [
            "REFRESH",
            "REFRESH METADATA Sales",
            "\"REFRESH\" METADATA",
            "SELECT 'REFRESH METADATA'",
            "REFRESH TABLE x",
            "",
            "'",
        ] {
            assert!(!is_refresh(no), "{no}");
        }
    }
}
