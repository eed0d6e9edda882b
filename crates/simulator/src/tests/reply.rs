//! Bodies, without a connection.

use std::task::{Context, Poll, Waker};

use futures::StreamExt;
use http::StatusCode;

use super::super::clock::Clock;
use super::super::file::{Cut, FileReader, FileSource, Index};
use super::super::log::RequestLog;
use super::super::nasty::ChunkEdges;
use super::super::reply::Reply;
use super::super::{Column, Export};

#[test]
fn a_long_body_lets_others_have_their_turn() {
    let export = Export::tabular("E", vec![Column::new("a", "TEXT")])
        .generated(100_000, |number, row| row.code("", number, 19));
    let source = std::sync::Arc::new(FileSource::of(&export));
    let index =
        Index::build(&source, &Cut { size: 10_000_000, edges: ChunkEdges::Even }, &false.into())
            .expect("not stopped");
    let (parts, ()) = http::Request::new(()).into_parts();
    let entry = RequestLog::new(1).arrive(&parts, 0);
    let reply = Reply::file(FileReader::whole(source, &index)).send(&entry, &Clock::new(), None);
    assert_eq!(reply.status(), StatusCode::OK);
    let mut body = reply.into_body().into_data_stream();
    let (mut bytes, mut in_a_row, mut turns) = (0, 0, 0);
    loop {
        match body.poll_next_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(block)) => {
                bytes += block.expect("a block").len();
                in_a_row += 1;
                assert!(in_a_row <= 4);
            }
            Poll::Ready(None) => break,
            Poll::Pending => {
                in_a_row = 0;
                turns += 1;
            }
        }
    }
    assert_eq!(bytes, 2 + 100_000 * 20);
    assert!(turns > 5, "{turns}");
}
