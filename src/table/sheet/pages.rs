//! Pages of a view, one after the other.

use super::read::Selected;

/// Every combination of items of page dimensions, the first dimension outermost. They are made one
/// by one, since there may be millions.
#[derive(Debug)]
pub(in crate::table) struct Pages {
    /// For each dimension, the items that are wanted.
    items: Vec<Vec<Selected>>,
    next: usize,
}

impl Pages {
    pub(in crate::table) fn new(items: Vec<Vec<Selected>>) -> Self {
        Self { items, next: 0 }
    }

    /// How many there are.
    pub(in crate::table) fn total(&self) -> usize {
        self.items.iter().fold(1, |count, items| count.saturating_mul(items.len()))
    }
}

impl Iterator for Pages {
    type Item = Vec<Selected>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.total() {
            return None;
        }
        let mut rest = self.next;
        self.next += 1;
        // The last dimension changes fastest.
        let mut page = Vec::with_capacity(self.items.len());
        for items in self.items.iter().rev() {
            page.push(items.get(rest % items.len())?.clone());
            rest /= items.len();
        }
        page.reverse();
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(place: usize, count: usize) -> Vec<Selected> {
        let item = |number: usize| Selected {
            place,
            dimension: "101".into(),
            item: number.to_string().into(),
            is_sum: false,
        };
        (0..count).map(item).collect()
    }

    fn text(page: &[Selected]) -> String {
        page.iter().map(|it| it.item.to_string()).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn every_combination_comes_once_the_first_dimension_outermost() {
        let all: Vec<String> =
            Pages::new(vec![items(0, 2), items(1, 1), items(2, 3)]).map(|it| text(&it)).collect();
        assert_eq!(all, ["0/0/0", "0/0/1", "0/0/2", "1/0/0", "1/0/1", "1/0/2"]);
        assert_eq!(Pages::new(vec![items(0, 2), Vec::new()]).total(), 0);
        assert!(Pages::new(vec![Vec::new()]).next().is_none());
    }

    #[test]
    fn more_combinations_than_fit_into_memory_begin_like_few() {
        let mut pages = Pages::new((0..5).map(|place| items(place, 10_000)).collect());
        assert_eq!(pages.total(), usize::MAX);
        assert_eq!(pages.nth(2).map(|page| text(&page)).as_deref(), Some("0/0/0/0/2"));
    }
}
