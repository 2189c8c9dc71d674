//! Chance, as bytes that the test framework chooses, so that it can make a failing case shorter.

/// Numbers in the order in which they are needed. When they are used up, all goes well.
#[derive(Clone, Debug, Default)]
pub struct Dice {
    bytes: Vec<u8>,
    next: usize,
}

impl Dice {
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, next: 0 }
    }

    /// A number below `sides`, which is at least one.
    pub fn roll(&mut self, sides: usize) -> usize {
        let byte = self.bytes.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        usize::from(byte) % sides
    }

    /// Once in `sides` rolls. Never when the numbers are used up.
    pub fn hits(&mut self, sides: usize) -> bool {
        self.roll(sides) == sides - 1
    }

    pub const fn is_used_up(&self) -> bool {
        self.next >= self.bytes.len()
    }
}
