//! A layout that this release does not know is refused, rather than misread.

use crate::image::{Image, all};
use std::ops::Range;

/// Where the first thing lies that a coordinator stores: behind the page of the memory manager.
const LAYOUT: usize = 65_536;

/// The bytes of a cell behind its magic number and its length.
const VERSION: Range<usize> = LAYOUT + 8..LAYOUT + 12;

fn with_layout(image: Image, version: u32) -> Image {
    let mut memory = image.memory;
    assert_eq!(&memory[LAYOUT..LAYOUT + 3], b"SCL", "the layout version does not lie here");
    memory[VERSION].copy_from_slice(&version.to_be_bytes());
    Image { memory, ..image }
}

#[test]
fn a_layout_of_a_later_release_is_refused() {
    for image in all() {
        let image = with_layout(image, 1_000);
        let setup = image.coordinator();
        let refused = setup.upgrade(None).expect_err("this layout is of a later release");
        assert!(refused.message.contains("stable memory has layout 1000"), "{refused}");
        assert!(setup.network.lock().stable_memory(setup.coordinator) == image.memory);
    }
}
