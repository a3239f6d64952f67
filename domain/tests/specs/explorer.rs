//! Explores every interleaving of a few processes on a few streams, breadth first.
//!
//! A process reads one stream at a time, and appends an event at the revision that it has read. Each read and each append
//! is a step of its own. Any process may stop for ever before any step: so what has to hold is checked in every state.
//!
//! What a process does depends only on where it is and on the stream that it reads. So every step is computed once for
//! each pair of these, and the states are but numbers of them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::rc::Rc;

/// The processes, the streams and what has to hold.
pub(crate) trait System {
    /// What the events of a stream are folded into.
    type State: Clone;
    type Event: Clone + Debug;
    /// Where a process is. Two that are written the same are the same.
    type At: Clone + Debug;

    /// The streams at the beginning.
    fn streams(&self) -> Vec<Self::State>;

    /// Where the processes begin.
    fn processes(&self) -> Vec<Self::At>;

    /// The stream that the process reads next; none if it has ended.
    fn reads(&self, process: usize, at: &Self::At) -> Option<usize>;

    /// What the process does after reading the stream.
    fn read(&self, process: usize, at: &Self::At, stream: &Stream<Self>) -> Step<Self::At, Self::Event>;

    /// Where the process goes after its append: to any of these.
    fn appended(&self, process: usize, at: &Self::At, stream: &Stream<Self>) -> Vec<Self::At>;

    fn evolve(&self, state: &mut Self::State, event: &Self::Event);

    /// Returns what does not hold.
    fn check(&mut self, streams: &[&Self::State], at: &[&Self::At]) -> Option<String>;
}

/// A stream at one revision.
pub(crate) struct Stream<S: System + ?Sized> {
    pub(crate) state: S::State,
    /// Since the beginning.
    pub(crate) events: Vec<S::Event>,
}

/// What a process does after reading a stream.
pub(crate) enum Step<At, Event> {
    /// Goes to any of these.
    Goes(Vec<At>),
    /// Appends this event if the stream is still as it was read; reads it again otherwise.
    Appends(Event),
}

/// Where a process is: about to read, or about to append to the stream as it has read it.
struct Place<S: System> {
    process: usize,
    at: S::At,
    append: Option<(u32, S::Event)>,
    reads: Option<usize>,
}

/// Numbers of a stream's next revision, and of the place of the process that made the step.
type Steps = Rc<[(u32, u32)]>;

struct Explorer<S: System> {
    system: S,
    revisions: Vec<Rc<Stream<S>>>,
    /// By the revision before it and the event.
    revision_ids: HashMap<(u32, String), u32>,
    places: Vec<Place<S>>,
    place_ids: HashMap<(usize, String, Option<u32>), u32>,
    /// By place and revision.
    steps: HashMap<(u32, u32), Steps>,
}

/// Explores all that can happen: returns the number of states and the system, or what does not hold in one of them.
pub(crate) fn explore<S: System>(system: S) -> Result<(usize, S), String> {
    let streams = system.streams();
    let count = streams.len();
    let revisions = streams.into_iter().map(|state| Rc::new(Stream { state, events: Vec::new() })).collect();
    let begin = system.processes();
    let mut explorer = Explorer {
        system,
        revisions,
        revision_ids: HashMap::new(),
        places: Vec::new(),
        place_ids: HashMap::new(),
        steps: HashMap::new(),
    };
    let mut first: Vec<u32> = (0..).take(count).collect();
    for (process, at) in begin.into_iter().enumerate() {
        first.push(explorer.place(process, at, None));
    }
    let mut seen: HashSet<Rc<[u32]>> = HashSet::new();
    let mut queue = VecDeque::new();
    let first: Rc<[u32]> = first.into();
    seen.insert(Rc::clone(&first));
    queue.push_back(first);
    while let Some(state) = queue.pop_front() {
        let (streams, places) = state.split_at(count);
        explorer.check(streams, places)?;
        for (process, place) in places.iter().enumerate() {
            let Some(reads) = explorer.places[*place as usize].reads else { continue };
            for (revision, place) in explorer.steps(*place, streams[reads]).iter() {
                let mut next = state.to_vec();
                next[reads] = *revision;
                next[count + process] = *place;
                let next: Rc<[u32]> = next.into();
                if seen.insert(Rc::clone(&next)) {
                    queue.push_back(next);
                }
            }
        }
    }
    Ok((seen.len(), explorer.system))
}

impl<S: System> Explorer<S> {
    fn place(&mut self, process: usize, at: S::At, append: Option<(u32, S::Event)>) -> u32 {
        let key = (process, format!("{at:?}"), append.as_ref().map(|(revision, _)| *revision));
        let new = number(self.places.len());
        let id = *self.place_ids.entry(key).or_insert(new);
        if id == new {
            let reads = self.system.reads(process, &at);
            self.places.push(Place { process, at, append, reads });
        }
        id
    }

    fn steps(&mut self, place: u32, revision: u32) -> Steps {
        if let Some(known) = self.steps.get(&(place, revision)) {
            return Rc::clone(known);
        }
        let Place { process, at, append, .. } = &self.places[place as usize];
        let (process, at, append) = (*process, at.clone(), append.clone());
        let steps: Vec<(u32, u32)> = match append {
            Some((read, event)) if read == revision => {
                let after = self.after(revision, event);
                let stream = Rc::clone(&self.revisions[after as usize]);
                let goes = self.system.appended(process, &at, &stream);
                goes.into_iter().map(|at| (after, self.place(process, at, None))).collect()
            }
            // Somebody else has appended since.
            Some(_) => vec![(revision, self.place(process, at, None))],
            None => {
                let stream = Rc::clone(&self.revisions[revision as usize]);
                match self.system.read(process, &at, &stream) {
                    Step::Goes(goes) => {
                        goes.into_iter().map(|at| (revision, self.place(process, at, None))).collect()
                    }
                    Step::Appends(event) => {
                        vec![(revision, self.place(process, at, Some((revision, event))))]
                    }
                }
            }
        };
        let steps: Steps = steps.into();
        self.steps.insert((place, revision), Rc::clone(&steps));
        steps
    }

    /// The revision with one more event.
    fn after(&mut self, revision: u32, event: S::Event) -> u32 {
        let new = number(self.revisions.len());
        let id = *self.revision_ids.entry((revision, format!("{event:?}"))).or_insert(new);
        if id == new {
            let before = &self.revisions[revision as usize];
            let mut state = before.state.clone();
            self.system.evolve(&mut state, &event);
            let mut events = before.events.clone();
            events.push(event);
            self.revisions.push(Rc::new(Stream { state, events }));
        }
        id
    }

    fn check(&mut self, streams: &[u32], places: &[u32]) -> Result<(), String> {
        let states: Vec<_> = streams.iter().map(|id| &self.revisions[*id as usize].state).collect();
        let at: Vec<_> = places.iter().map(|id| &self.places[*id as usize].at).collect();
        let Some(wrong) = self.system.check(&states, &at) else { return Ok(()) };
        let mut told = vec![wrong];
        for (stream, id) in streams.iter().enumerate() {
            let events = &self.revisions[*id as usize].events;
            told.extend(events.iter().map(|event| format!("stream {stream}: {event:?}")));
        }
        told.extend(at.iter().enumerate().map(|(process, at)| format!("process {process}: {at:?}")));
        Err(told.join("\n"))
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("so many places and revisions are never explored")
}
