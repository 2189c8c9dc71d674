//! What the coordinator decides, held against a network that does what it likes.

mod deadline;
mod decisions;
mod dice;
mod operations;
mod play;
mod preflight;
mod properties;
mod request;
mod restores;
mod skip;
mod stored;
mod taken_up;
mod view;
mod world;
