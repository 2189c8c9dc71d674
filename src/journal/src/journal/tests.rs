//! What a journal does, by example. Sequences are those of the plan of the fixtures: 0 to 3 preflight, 4 and
//! 5 stop, 6 and 7 snapshot, 8 and 9 start, 10 to 13 download and verify, 14 finalize.

mod abort;
mod aborts;
mod arriving;
mod attempts;
mod checks;
mod downtimes;
mod drill;
mod model;
mod operations;
mod outcome;
mod preflight;
mod properties;
mod queues;
mod receipts;
mod records;
mod restart;
mod restore;
mod restore_moves;
mod waves;
mod wire;
