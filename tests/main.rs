//! The program from outside, end to end. All tests are one program, which is built and linked once; each file has its
//! subject.

mod building;
mod command_line;
mod common;
mod comparing;
mod diffing;
mod faults_from_files;
mod interrupting;
mod library;
mod loss_intervals;
mod many_errors;
mod map_of_the_house;
mod memory;
mod none_forgotten;
mod nothing_fits;
mod own_strategy;
mod same_worlds;
mod sizing;
mod spaces_numbers;
mod spreadsheets;
mod studies;
mod sweeping;
mod testing;
mod wrong_input;
