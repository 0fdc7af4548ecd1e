//! Reports of whole runs. All tests are one program, which is built and linked once; each file has its subject.

mod access;
mod browser;
mod chain_losses;
mod common;
mod conservation;
mod deliveries_parquet;
mod golden;
mod own_numbers;
mod page;
mod random_worlds;
mod reference;
mod replay_numbers;
mod replications;
mod returns;
mod written_whole;
