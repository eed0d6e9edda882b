//! Lists and their items.

use super::format::Format;
use super::items::Items;

/// A list: a dimension of modules, and a table of its own.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// 101…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether items are numbered: their names are made, their labels need not be unique.
    pub numbered: bool,
    /// Name or id of the list that parents come from; items may also have parents in their own list.
    pub parent: Option<String>,
    /// The item above all that have no parent: its name.
    pub top_level: Option<String>,
    /// The id of that item; empty until the model is added to a tenant.
    pub top_level_id: String,
    /// The columns beside name, code and parent.
    pub properties: Vec<Property>,
    /// The subsets.
    pub subsets: Vec<Subset>,
    /// The items, in order. [`Item::properties`] and [`Item::subsets`] run beside the list's own.
    pub items: Items,
    /// Whether data may change in a deployed model.
    pub production_data: bool,
    /// Whether users see items selectively.
    pub selective_access: bool,
    /// Whether page selectors start at the top-level item.
    pub top_level_as_page_default: bool,
    /// Whether workflow is enabled.
    pub workflow: bool,
    /// The category that it is filed under.
    pub category: Option<String>,
    /// The names of its data tags.
    pub data_tags: Vec<String>,
    /// The number of the next item, where items were deleted.
    pub next_index: u64,
}

/// A property of a list.
#[derive(Clone, Debug)]
pub struct Property {
    /// The name.
    pub name: String,
    /// The format.
    pub format: Format,
    /// The formula of a calculated property, which can't be written.
    pub formula: Option<String>,
    /// Notes.
    pub notes: Option<String>,
}

/// A subset of a list.
#[derive(Clone, Debug)]
pub struct Subset {
    /// 109…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
}

/// An item of a list.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// 2…; empty until the model is added to a tenant.
    pub id: String,
    /// The name; in a numbered list `#` and a number.
    pub name: String,
    /// The code, unique in the list.
    pub code: Option<String>,
    /// The parent's id, or in a new model its name.
    pub parent: Option<String>,
    /// The kept values of the list's properties, see [`Format`]; missing ones are blank.
    pub properties: Vec<String>,
    /// Whether it is in each of the list's subsets; missing ones mean no.
    pub subsets: Vec<bool>,
    /// What a numbered list shows instead of the name.
    pub display: Option<String>,
    /// Emails of those who may see it, where access is selective.
    pub read: Vec<String>,
    /// Emails of those who may also change it, where access is selective.
    pub write: Vec<String>,
}

impl List {
    /// Makes a general list without items.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Makes a numbered list without items.
    pub fn numbered(name: &str) -> Self {
        Self { numbered: true, ..Self::new(name) }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets the list that parents come from.
    #[must_use]
    pub fn parent(mut self, list: &str) -> Self {
        self.parent = Some(list.to_owned());
        self
    }

    /// Sets the top-level item.
    #[must_use]
    pub fn top_level(mut self, name: &str) -> Self {
        self.top_level = Some(name.to_owned());
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, name: &str, format: Format) -> Self {
        self.properties.push(Property {
            name: name.to_owned(),
            format,
            formula: None,
            notes: None,
        });
        self
    }

    /// Adds a subset.
    #[must_use]
    pub fn subset(mut self, name: &str) -> Self {
        self.subsets.push(Subset { id: String::new(), name: name.to_owned() });
        self
    }

    /// Adds an item.
    #[must_use]
    pub fn item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// Adds items by name.
    #[must_use]
    pub fn items<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.items.extend(names.into_iter().map(|name| Item::new(name.as_ref())));
        self
    }

    /// Makes its data changeable in a deployed model.
    #[must_use]
    pub fn production_data(mut self) -> Self {
        self.production_data = true;
        self
    }

    /// Lets users see items selectively, see [`Item::read`].
    #[must_use]
    pub fn selective_access(mut self) -> Self {
        self.selective_access = true;
        self
    }

    /// Sets the category.
    #[must_use]
    pub fn category(mut self, name: &str) -> Self {
        self.category = Some(name.to_owned());
        self
    }

    /// How many items it counts: the top-level item is one of them.
    pub(crate) fn item_count(&self) -> usize {
        self.items.len() + usize::from(self.top_level.is_some())
    }

    /// Moves the counter behind every id that an item has.
    pub(crate) fn settle_index(&mut self) {
        let base = self.base();
        let taken = self.items.iter().filter_map(|item| item.id.parse::<u64>().ok());
        let behind = taken
            .filter_map(|id| id.checked_sub(base))
            .filter(|index| *index < 1_000_000_000)
            .max()
            .map_or(1, |index| index + 1);
        self.next_index = self.next_index.max(behind).max(1);
    }

    /// Adds an item under an id that no item of the list had before, and in a numbered list under a
    /// name made from it. The counter must be settled.
    pub(crate) fn push_new(&mut self, mut item: Item) {
        let index = self.next_index.max(1);
        item.id = self.base().saturating_add(index).to_string();
        if self.numbered {
            item.name = format!("#{index}");
        }
        self.next_index = index.saturating_add(1);
        self.items.push(item);
    }

    /// The number that ids of items count from.
    fn base(&self) -> u64 {
        self.top_level_id.parse().unwrap_or(0)
    }

    /// Finds an item by id, else code, else name or label, whatever their case.
    pub fn find_item(&self, text: &str) -> Option<&Item> {
        let code =
            |item: &&Item| item.code.as_deref().is_some_and(|code| code.eq_ignore_ascii_case(text));
        self.items
            .iter()
            .find(|item| item.id == text)
            .or_else(|| self.items.iter().find(|item| item.name.eq_ignore_ascii_case(text)))
            .or_else(|| self.items.iter().find(code))
            .or_else(|| self.items.iter().find(|item| item.label().eq_ignore_ascii_case(text)))
    }
}

impl Item {
    /// Makes an item without code and parent.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets the code.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// Sets the parent, by name or id.
    #[must_use]
    pub fn parent(mut self, parent: &str) -> Self {
        self.parent = Some(parent.to_owned());
        self
    }

    /// Sets the values of the list's properties, in their order.
    #[must_use]
    pub fn properties<T: AsRef<str>>(mut self, values: &[T]) -> Self {
        self.properties = values.iter().map(|value| value.as_ref().to_owned()).collect();
        self
    }

    /// Sets which of the list's subsets it is in, in their order.
    #[must_use]
    pub fn subsets(mut self, members: &[bool]) -> Self {
        self.subsets = members.to_vec();
        self
    }

    /// Sets what a numbered list shows instead of the name.
    #[must_use]
    pub fn display(mut self, label: &str) -> Self {
        self.display = Some(label.to_owned());
        self
    }

    /// Sets who sees it, and who may also change it, by email.
    #[must_use]
    pub fn access(mut self, read: &[&str], write: &[&str]) -> Self {
        let own = |emails: &[&str]| emails.iter().map(|&email| email.to_owned()).collect();
        (self.read, self.write) = (own(read), own(write));
        self
    }

    /// What grids show.
    pub fn label(&self) -> &str {
        self.display.as_deref().unwrap_or(&self.name)
    }
}
