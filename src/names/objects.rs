//! The lists, modules and views of a model, by name.

use super::index::{Lookup, NameIndex, quoted};
use super::kind::Kind;
use crate::client::model::{List, Module, View};
use crate::error::{Error, ErrorKind, Result};

/// The objects of one kind in a model.
#[derive(Debug)]
pub struct Objects<T> {
    kind: Kind,
    all: Vec<T>,
    index: NameIndex,
}

impl<T> Objects<T> {
    fn new<'a>(
        kind: Kind,
        all: Vec<T>,
        names: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Self {
        Self { kind, all, index: NameIndex::new(names, &[]) }
    }

    /// Every object with the name of its table.
    pub fn entries(&self) -> impl Iterator<Item = (&T, String)> {
        self.all
            .iter()
            .zip(self.index.listed())
            .map(|(object, name)| (object, self.kind.table(name)))
    }

    /// The names of the tables.
    pub fn table_names(&self) -> impl Iterator<Item = String> {
        self.index.listed().iter().map(|name| self.kind.table(name))
    }

    /// The object with this name, or id; nothing if there is none. The name stands without the
    /// prefix of the kind.
    ///
    /// # Errors
    /// Kind [`NotFound`](ErrorKind::NotFound) when the name fits several objects.
    pub fn find(&self, name: &str) -> Result<Option<&T>> {
        match self.index.find(name) {
            Lookup::Found(i) => Ok(Some(&self.all[i])),
            Lookup::Ambiguous(several) => {
                let word = self.kind.word();
                let names: Vec<String> =
                    several.iter().map(|&i| self.kind.table(&self.index.listed()[i])).collect();
                let names = names.iter().map(String::as_str);
                Err(Error::new(
                    ErrorKind::NotFound,
                    format!("there are several {word}s named \"{name}\""),
                )
                .with_hint(format!("name one of them: {}", quoted(names))))
            }
            Lookup::Missing => Ok(None),
        }
    }

    /// The object with this id.
    pub fn with_id(&self, id: &str) -> Option<&T> {
        self.index.find_id(id).map(|i| &self.all[i])
    }

    /// The objects whose name, or id, ends at a dot in this text, the longest first, and what stands
    /// behind that dot.
    pub fn before_dots<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a T, &'a str)> {
        text.rmatch_indices('.').filter_map(|(at, _)| match self.index.find(&text[..at]) {
            Lookup::Found(i) => Some((&self.all[i], &text[at + 1..])),
            _ => None,
        })
    }

    /// The name of an object's table, by its id.
    pub fn table_name(&self, id: &str) -> Option<String> {
        self.index.find_id(id).map(|i| self.kind.table(&self.index.listed()[i]))
    }
}

impl Objects<List> {
    pub(super) fn lists(all: Vec<List>) -> Self {
        let names: Vec<_> = all.iter().map(|it| (it.id.to_string(), it.name.clone())).collect();
        Self::new(Kind::List, all, pairs(&names))
    }
}

impl Objects<Module> {
    pub(super) fn modules(all: Vec<Module>) -> Self {
        let names: Vec<_> = all.iter().map(|it| (it.id.to_string(), it.name.clone())).collect();
        Self::new(Kind::Module, all, pairs(&names))
    }
}

impl Objects<View> {
    /// The saved views, named `module.view`: a module's default view is the module itself.
    pub(super) fn views(all: Vec<View>, modules: &Objects<Module>) -> Self {
        let saved: Vec<View> = all.into_iter().filter(|view| !view.is_default()).collect();
        let names: Vec<_> = saved
            .iter()
            .map(|view| {
                let id = view.id.to_string();
                // The service lists no views of modules that it doesn't list.
                let Some(i) = modules.index.find_id(view.module_id.as_str()) else {
                    return (id, view.name.clone());
                };
                let own = own_name(&view.name, &modules.all[i].name);
                (id, format!("{}.{own}", modules.index.listed()[i]))
            })
            .collect();
        Self::new(Kind::View, saved, pairs(&names))
    }
}

impl Objects<View> {
    /// The names of the tables of single line items: their views are listed beside the default ones
    /// and the saved ones, which these are.
    pub(super) fn tables_of_line_items(
        &self,
        listed: &[View],
        modules: &Objects<Module>,
    ) -> Vec<String> {
        let own =
            listed.iter().filter(|it| !it.is_default() && self.with_id(it.id.as_str()).is_none());
        let names = own.filter_map(|view| {
            let module = modules.index.find_id(view.module_id.as_str())?;
            let own = own_name(&view.name, &modules.all[module].name);
            Some(Kind::Module.table(&format!("{}.{own}", modules.index.listed()[module])))
        });
        names.collect()
    }
}

fn pairs(names: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> + Clone {
    names.iter().map(|(id, name)| (id.as_str(), name.as_str()))
}

/// A view's own name, out of what the service prints: `Module.View`, each of both in single quotes
/// if it has special characters. Either may hold dots and quotes, so only the module's known name
/// tells where it ends.
fn own_name(printed: &str, module: &str) -> String {
    let quoted_module = quote(module);
    let unescaped = format!("'{module}'");
    let own = [module, &quoted_module, &unescaped]
        .into_iter()
        .find_map(|module| printed.strip_prefix(module)?.strip_prefix('.'));
    let own = own.unwrap_or(printed);
    match own.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None => own.to_owned(),
    }
}

fn quote(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(names: &[(&str, &str)]) -> Objects<Module> {
        let module = |(id, name): &(&str, &str)| Module { id: (*id).into(), name: (*name).into() };
        Objects::modules(names.iter().map(module).collect())
    }

    fn view(id: &str, name: &str, module: &str) -> View {
        View { id: id.into(), name: name.into(), module_id: module.into(), code: None }
    }

    #[test]
    fn a_views_own_name_stands_behind_its_modules() {
        for (printed, module, own) in [
            ("Revenue.By Country", "Revenue", "By Country"),
            ("'Rev/2020'.'A & B'", "Rev/2020", "A & B"),
            ("'Rev.1'.'v1.2'", "Rev.1", "v1.2"),
            ("Rev.1.v1.2", "Rev.1", "v1.2"),
            ("'It''s'.'Bob''s view'", "It's", "Bob's view"),
            ("'It's'.Plain", "It's", "Plain"),
            ("Without its module", "Revenue", "Without its module"),
            ("Revenue.'quoted' or not", "Revenue", "'quoted' or not"),
        ] {
            assert_eq!(own_name(printed, module), own, "{printed}");
        }
    }

    #[test]
    fn default_views_are_left_out_and_shared_names_carry_their_ids() {
        let modules = modules(&[("1", "A.B"), ("2", "A"), ("3", "A")]);
        let views = Objects::views(
            vec![
                view("1", "A.B", "1"),
                view("11", "A.B.C", "1"),
                view("12", "A.D", "2"),
                view("13", "A.D", "3"),
                view("14", "A.D", "3"),
            ],
            &modules,
        );
        let names: Vec<String> = views.table_names().collect();
        assert_eq!(
            names,
            ["Views.A.B.C", "Views.A (2).D", "Views.A (3).D (13)", "Views.A (3).D (14)"]
        );
        assert_eq!(views.find("a.b.c").ok().flatten().map(|it| it.id.as_str()), Some("11"));
        assert_eq!(views.find("14").ok().flatten().map(|it| it.id.as_str()), Some("14"));
        assert!(views.find("A (3).D").is_err());
        assert_eq!(views.table_name("12").as_deref(), Some("Views.A (2).D"));
        let listed = [view("1", "A.B", "1"), view("11", "A.B.C", "1"), view("21", "A.'x.y'", "2")];
        assert_eq!(views.tables_of_line_items(&listed, &modules), ["Modules.A (2).x.y"]);
    }

    #[test]
    fn a_name_comes_before_an_id() {
        let list = |id: &str, name: &str| List { id: id.into(), name: name.into() };
        let lists = Objects::lists(vec![
            list("101000000001", "101000000002"),
            list("101000000002", "Products"),
        ]);
        let found = |name: &str| lists.find(name).ok().flatten().map(|it| it.id.to_string());
        assert_eq!(found("101000000002").as_deref(), Some("101000000001"));
        assert_eq!(found("products").as_deref(), Some("101000000002"));
        let by_id = lists.with_id("101000000002").map(|it| it.name.as_str());
        assert_eq!(by_id, Some("Products"));
    }
}
