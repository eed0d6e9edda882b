//! The items of a list: held, or made from their numbers until somebody changes one.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use super::list::Item;

/// Items in their order. A clone shares them until one of both is changed.
///
/// Those of a large list are made from their numbers. They are held only once somebody wants all of
/// them at a time, which is what every method of [`Vec`] does; [`Items::len`] and [`Items::at`] don't.
#[derive(Clone, Default)]
pub struct Items {
    held: OnceLock<Arc<Vec<Item>>>,
    made: Option<Made>,
}

/// Items that are made: how many, and each from its number.
#[derive(Clone)]
struct Made {
    count: usize,
    item: Arc<dyn Fn(usize) -> Item + Send + Sync>,
}

impl Items {
    /// Makes items from their numbers, from 0. They must have ids, and be the same every time.
    pub(crate) fn made(count: usize, item: impl Fn(usize) -> Item + Send + Sync + 'static) -> Self {
        Self { held: OnceLock::new(), made: Some(Made { count, item: Arc::new(item) }) }
    }

    /// Tells whether they are as they were made. Ids and parents are complete then.
    pub(crate) fn are_made(&self) -> bool {
        self.made.is_some()
    }

    /// Tells whether all of them are held.
    #[cfg(test)]
    pub(crate) fn are_held(&self) -> bool {
        self.held.get().is_some()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match &self.made {
            Some(made) => made.count,
            None => self.deref().len(),
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an item by its position.
    pub fn at(&self, place: usize) -> Option<Cow<'_, Item>> {
        match (self.held.get(), &self.made) {
            (None, Some(made)) => (place < made.count).then(|| Cow::Owned((made.item)(place))),
            _ => self.deref().get(place).map(Cow::Borrowed),
        }
    }

    fn make_all(&self) -> Arc<Vec<Item>> {
        let all = |made: &Made| (0..made.count).map(|place| (made.item)(place)).collect();
        Arc::new(self.made.as_ref().map(all).unwrap_or_default())
    }
}

impl Deref for Items {
    type Target = Vec<Item>;

    fn deref(&self) -> &Vec<Item> {
        self.held.get_or_init(|| self.make_all())
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Item> {
        let held = self.held.take().unwrap_or_else(|| self.make_all());
        self.made = None;
        self.held = OnceLock::from(held);
        Arc::make_mut(self.held.get_mut().expect("it was set in the line before"))
    }
}

impl From<Vec<Item>> for Items {
    fn from(items: Vec<Item>) -> Self {
        Self { held: OnceLock::from(Arc::new(items)), made: None }
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Item;
    type IntoIter = std::slice::Iter<'a, Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Items {
    type Item = &'a mut Item;
    type IntoIter = std::slice::IterMut<'a, Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("count", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Items {
        Items::made(3, |place| Item::new(&format!("item {place}")))
    }

    #[test]
    fn made_items_are_held_only_when_all_are_wanted() {
        let items = three();
        assert_eq!((items.len(), items.is_empty()), (3, false));
        assert_eq!(items.at(2).expect("an item").name, "item 2");
        assert!(items.at(3).is_none());
        assert!(items.held.get().is_none());
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["item 0", "item 1", "item 2"]);
        assert!(items.held.get().is_some() && items.are_made());
    }

    #[test]
    fn a_clone_keeps_what_the_other_changes() {
        let before = three();
        let mut after = before.clone();
        after.remove(0);
        assert_eq!((before.len(), after.len()), (3, 2));
        assert_eq!(after.at(0).expect("an item").name, "item 1");
        assert!(before.are_made() && !after.are_made());
        let shared = after.clone();
        assert!(std::ptr::eq(&shared[0], &after[0]));
        assert_eq!(Items::default().len(), 0);
    }
}
