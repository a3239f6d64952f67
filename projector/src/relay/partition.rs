//! Which partition a key belongs to, as Kafka's own clients compute it.

/// The partition of a key, among `count` of them.
///
/// It must be known before a record is written, to compare it with the end of its partition. Other clients of Kafka
/// find the same one, so that their topics can be joined with this one.
pub(super) fn partition_of(key: &[u8], count: usize) -> usize {
    let positive = murmur2(key) & 0x7fff_ffff;
    positive as usize % count
}

/// `MurmurHash2` for 32 bits, with the seed that Kafka uses.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).expect("a key is an id, of 36 characters");
    let mut hash = SEED ^ length;
    let mut words = data.chunks_exact(4);
    for word in words.by_ref() {
        let word = u32::from_le_bytes(word.try_into().expect("a chunk is of the size that was asked for"));
        let word = word.wrapping_mul(M);
        let word = (word ^ (word >> 24)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ word;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let rest = rest.iter().rev().fold(0, |bits, byte| (bits << 8) | u32::from(*byte));
        hash = (hash ^ rest).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples that Kafka's own client is tested with.
    #[test]
    fn the_hash_is_kafkas() {
        let examples: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (key, hash) in examples {
            assert_eq!(murmur2(key.as_bytes()), hash.cast_unsigned(), "{key}");
        }
    }

    #[test]
    fn every_partition_is_used() {
        let mut used = [false; 7];
        for appointment in 0..200 {
            used[partition_of(uuid::Uuid::from_u128(appointment).to_string().as_bytes(), 7)] = true;
        }
        assert_eq!(used, [true; 7]);
    }
}
