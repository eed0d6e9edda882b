//! Where a file is cut into chunks, if not evenly.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::nasty::ChunkEdges;
use super::encode::FileSource;

/// For how many lines a chunk may grow until the kind of place comes whose turn it is.
const PATIENCE: u32 = 64;

/// How files are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) size: usize,
    pub(crate) edges: ChunkEdges,
}

/// The kinds of places where a careless reader breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    InsideQuotes,
    InsideLineEnding,
    InsideCharacter,
    BetweenQuotes,
}

const TURNS: [Kind; 4] =
    [Kind::InsideQuotes, Kind::InsideLineEnding, Kind::InsideCharacter, Kind::BetweenQuotes];

impl Cut {
    /// Cuts evenly.
    #[cfg(test)]
    pub(crate) fn even(size: usize) -> Self {
        Self { size, edges: ChunkEdges::Even }
    }

    /// Returns where chunks begin in a file of this size, or `None` where all have the same size.
    ///
    /// # Errors
    /// Fails when `stop` is set on the way.
    pub(super) fn starts(
        &self,
        source: &FileSource,
        total: u64,
        stop: &AtomicBool,
    ) -> Result<Option<Vec<u64>>, Stopped> {
        let mut starts = match &self.edges {
            ChunkEdges::Even => return Ok(None),
            ChunkEdges::At(starts) => starts.clone(),
            ChunkEdges::Worst => worst(source, total, self.size.max(1) as u64, stop)?,
        };
        starts.push(0);
        starts.retain(|start| *start == 0 || *start < total);
        starts.sort_unstable();
        starts.dedup();
        Ok(Some(starts))
    }
}

/// The simulator was stopped.
#[derive(Debug)]
pub(super) struct Stopped;

/// Walks through a file and returns the worst places to cut it, `size` bytes or more apart.
fn worst(
    source: &FileSource,
    total: u64,
    size: u64,
    stop: &AtomicBool,
) -> Result<Vec<u64>, Stopped> {
    let mut search =
        Search { size, starts: Vec::new(), target: size, waited: 0, second_best: None };
    if let Some(raw) = source.raw() {
        search.line(0, raw, source);
    }
    let (mut scratch, mut buffer) = (Vec::new(), Vec::new());
    let mut at = 0;
    for line in 0..source.lines() {
        if stop.load(Ordering::Relaxed) {
            return Err(Stopped);
        }
        buffer.clear();
        source.write_line(line, &mut scratch, &mut buffer);
        search.line(at, &buffer, source);
        at += buffer.len() as u64;
    }
    while search.target < total {
        search.give_up_waiting();
    }
    Ok(search.starts)
}

struct Search {
    size: u64,
    starts: Vec<u64>,
    /// The next chunk begins here or later.
    target: u64,
    waited: u32,
    second_best: Option<u64>,
}

impl Search {
    /// Looks at a line that begins at a byte of the file.
    fn line(&mut self, at: u64, line: &[u8], source: &FileSource) {
        let end = at + line.len() as u64;
        if self.target >= end {
            return;
        }
        let places = places(line, source);
        while self.target < end {
            let turn = TURNS.get(self.starts.len() % TURNS.len());
            let mut late = places.iter().filter(|(place, _)| at + *place as u64 >= self.target);
            let first = late.clone().next().map(|(place, _)| at + *place as u64);
            if let Some((place, _)) = late.find(|(_, kind)| Some(kind) == turn) {
                self.cut(at + *place as u64);
            } else {
                self.second_best = self.second_best.or(first);
                self.waited += 1;
                if self.waited <= PATIENCE {
                    return;
                }
                self.give_up_waiting();
            }
        }
    }

    fn give_up_waiting(&mut self) {
        self.cut(self.second_best.unwrap_or(self.target));
    }

    fn cut(&mut self, place: u64) {
        self.starts.push(place);
        self.target = place.saturating_add(self.size);
        (self.waited, self.second_best) = (0, None);
    }
}

/// Returns the nasty places of a line, in order: each is the first byte of a chunk.
fn places(line: &[u8], source: &FileSource) -> Vec<(usize, Kind)> {
    if source.is_wide() {
        // A unit is two bytes: an odd place is inside a character.
        let kind = |place: usize, before: &[u8]| {
            if place % 2 == 1 {
                Some(Kind::InsideCharacter)
            } else {
                before.ends_with(b"\r\0").then_some(Kind::InsideLineEnding)
            }
        };
        let all =
            (1..line.len()).filter_map(|place| Some((place, kind(place, line.get(..place)?)?)));
        return all.collect();
    }
    let quote = source.quote();
    let mut quoted = false;
    let mut all = Vec::new();
    for (place, pair) in line.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        quoted ^= Some(*before) == quote;
        let kind = if (*before, *after) == (b'\r', b'\n') {
            Kind::InsideLineEnding
        } else if source.is_utf8() && (0x80..0xC0).contains(after) {
            Kind::InsideCharacter
        } else if Some(*before) == quote && Some(*after) == quote && place > 0 {
            Kind::BetweenQuotes
        } else if quoted {
            Kind::InsideQuotes
        } else {
            continue;
        };
        all.push((place + 1, kind));
    }
    all
}
