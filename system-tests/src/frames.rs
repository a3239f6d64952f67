//! Finds the frames of HTTP/2 in a byte stream, however it is cut into pieces.

/// The length of the preface that a client sends before its first frame.
const PREFACE_BYTES: usize = 24;
const HEAD_BYTES: usize = 9;

/// The kind of the frame that a response begins with.
pub(crate) const HEADERS: u8 = 1;

/// The part of a frame, or of the preface, that is in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    /// Where it ends in the piece.
    pub(crate) end: usize,
}

/// The parser of one direction of a connection.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    head: Vec<u8>,
    current: (u8, u32),
    /// How many bytes of the current frame are still to come.
    left: usize,
}

impl Frames {
    pub(crate) fn of_client() -> Self {
        Self { left: PREFACE_BYTES, ..Self::default() }
    }

    pub(crate) fn of_server() -> Self {
        Self::default()
    }

    /// The frames that have some payload in the next piece, in order.
    pub(crate) fn in_next(&mut self, piece: &[u8]) -> Vec<Frame> {
        let (mut frames, mut end) = (Vec::new(), 0);
        while end < piece.len() {
            if self.left == 0 {
                let more = (HEAD_BYTES - self.head.len()).min(piece.len() - end);
                self.head.extend(&piece[end..end + more]);
                end += more;
                if let Ok([a, b, c, kind, _, stream @ ..]) = <[u8; HEAD_BYTES]>::try_from(&self.head[..]) {
                    self.left = u32::from_be_bytes([0, a, b, c]) as usize;
                    // The first bit is reserved.
                    self.current = (kind, u32::from_be_bytes(stream) & (u32::MAX >> 1));
                    self.head.clear();
                }
            } else {
                let more = self.left.min(piece.len() - end);
                (end, self.left) = (end + more, self.left - more);
                let (kind, stream) = self.current;
                frames.push(Frame { kind, stream, end });
            }
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, 4, 128, 0, 0, stream], payload].concat()
    }

    #[test]
    fn frames_are_found_wherever_the_pieces_are_cut() {
        let whole =
            [frame(4, 0, b""), frame(HEADERS, 3, b"abc"), frame(0, 5, b"de"), frame(HEADERS, 7, b"f")];
        let whole = whole.concat();
        let sent = [&[0; PREFACE_BYTES], &whole[..]].concat();
        for length in 1..=sent.len() {
            let mut frames = Frames::of_client();
            let mut found: Vec<_> = sent
                .chunks(length)
                .flat_map(|piece| frames.in_next(piece))
                .map(|frame| (frame.kind, frame.stream))
                .collect();
            found.dedup();
            assert_eq!(found, [(0, 0), (HEADERS, 3), (0, 5), (HEADERS, 7)], "in pieces of {length}");
        }
        let ends = Frames::of_server().in_next(&whole).into_iter().map(|frame| frame.end);
        assert_eq!(ends.collect::<Vec<_>>(), [21, 32, 42]);
    }
}
