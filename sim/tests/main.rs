//! The engine from outside. All its tests are one program, which is built and linked once; each file has its subject.

mod allocations;
mod common;
mod common_random_numbers;
mod cpu;
mod examples;
mod fault_order;
mod faults;
mod fingerprints;
mod groups;
mod leftovers;
mod network;
mod queueing;
mod random_distributions;
mod random_known;
mod random_statistics;
mod random_streams;
mod random_worlds;
mod regions;
mod topology_any;
mod topology_files;
mod topology_refused;
mod topology_shapes;
mod topology_tables;
mod worlds;
