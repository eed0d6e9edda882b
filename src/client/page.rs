//! Listings: pages, and the key under which each kind of object hides in them.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use url::Url;

use super::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;

/// A kind of object that the service lists.
pub trait Listed: DeserializeOwned + Send + 'static {
    /// The key of the array in a page, such as `models`. The service leaves it out when the
    /// collection is empty.
    const KEY: &'static str;
}

/// One page.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    paging: Option<Paging>,
}

impl<T> Page<T> {
    /// The size of the whole collection, if the service pages it.
    pub(super) fn total(&self) -> Option<u64> {
        self.paging.map(|paging| paging.total_size)
    }
}

/// The service also sends `next`, which is unreliable and therefore not read.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paging {
    total_size: u64,
}

#[derive(Deserialize)]
struct Meta {
    paging: Option<Paging>,
}

impl<'de, T: Listed> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PageVisitor(PhantomData))
    }
}

struct PageVisitor<T>(PhantomData<T>);

impl<'de, T: Listed> Visitor<'de> for PageVisitor<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a page of {}", T::KEY)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let mut page = Page { items: Vec::new(), paging: None };
        let mut enveloped = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "meta" => {
                    page.paging = map.next_value::<Option<Meta>>()?.and_then(|m| m.paging);
                    enveloped = true;
                }
                "status" => {
                    map.next_value::<IgnoredAny>()?;
                    enveloped = true;
                }
                key if key == T::KEY => {
                    page.items = map.next_value::<Option<Vec<T>>>()?.unwrap_or_default();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // An empty collection has no key of its own, so any object would pass for one.
        if !enveloped && page.items.is_empty() {
            return Err(serde::de::Error::custom(format_args!(
                "neither `{}` nor `meta` is there",
                T::KEY
            )));
        }
        Ok(page)
    }
}

impl Client {
    /// Lists a collection page by page; a page is asked for when the one before is used up.
    ///
    /// The end is reached when `totalSize` items have come. A page that comes up empty before is
    /// an error: cutting a result short in silence would be worse.
    pub(super) fn list<T: Listed>(
        &self,
        url: Url,
        observer: Arc<dyn Observer>,
    ) -> BoxStream<'static, Result<T>> {
        struct State<T> {
            client: Client,
            url: Url,
            observer: Arc<dyn Observer>,
            offset: u64,
            ready: VecDeque<T>,
            done: bool,
        }
        let state = State {
            client: self.clone(),
            url,
            observer,
            offset: 0,
            ready: VecDeque::new(),
            done: false,
        };
        stream::try_unfold(state, |mut state| async move {
            loop {
                if let Some(item) = state.ready.pop_front() {
                    return Ok(Some((item, state)));
                }
                if state.done {
                    return Ok(None);
                }
                let mut url = state.url.clone();
                url.query_pairs_mut()
                    .append_pair("limit", &state.client.options().page_size.to_string())
                    .append_pair("offset", &state.offset.to_string());
                let page: Page<T> = state.client.read(url, state.observer.as_ref()).await?;
                let got = page.items.len() as u64;
                state.offset += got;
                let total = page.total();
                state.ready.extend(page.items);
                match total {
                    Some(total) if state.offset < total && got == 0 => {
                        return Err(Error::new(
                            ErrorKind::Service,
                            format!(
                                "the service announced {total} {} but gave only {}",
                                T::KEY,
                                state.offset
                            ),
                        )
                        .with_hint("the collection may just have changed: try again"));
                    }
                    Some(total) => state.done = state.offset >= total,
                    // Listings without paging come whole.
                    None => state.done = true,
                }
            }
        })
        .boxed()
    }

    /// Lists a whole collection.
    pub(super) async fn list_all<T: Listed>(
        &self,
        url: Url,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<T>> {
        self.list(url, observer).try_collect().await
    }

    /// Lists a collection that the service gives in one piece, without asking for pages. Should it
    /// announce more than it gave, the pages are read after all.
    pub(super) async fn list_whole<T: Listed>(
        &self,
        url: Url,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<T>> {
        let page: Page<T> = self.read(url.clone(), observer.as_ref()).await?;
        if page.total().is_none_or(|total| total <= page.items.len() as u64) {
            return Ok(page.items);
        }
        self.list_all(url, observer).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Thing {
        id: String,
    }

    impl Listed for Thing {
        const KEY: &'static str = "things";
    }

    fn page(text: &str) -> Result<Page<Thing>, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn an_empty_collection_has_no_key() {
        let empty = page(r#"{"status":{"code":200},"meta":{"paging":{"totalSize":0}}}"#);
        assert!(empty.expect("a page").items.is_empty());
        let null = page(r#"{"things":null,"meta":{"schema":"x"}}"#).expect("a page");
        assert!(null.items.is_empty() && null.paging.is_none());
    }

    #[test]
    fn key_order_and_unknown_keys_do_not_matter() {
        let page = page(
            r#"{"things":[{"id":"1","new":[]}],"extra":{},"meta":{"paging":{"currentPageSize":1,
                "offset":0,"totalSize":7,"next":"https://x"},"schema":"s"}}"#,
        )
        .expect("a page");
        assert_eq!(page.items, [Thing { id: "1".into() }]);
        assert_eq!(page.paging.expect("paging").total_size, 7);
    }

    #[test]
    fn another_document_is_not_an_empty_page() {
        assert!(page("{}").is_err());
        assert!(page(r#"{"error":"x"}"#).is_err());
        assert!(page("[]").is_err());
    }
}
