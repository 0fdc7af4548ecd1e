//! The ledger, the workload and the strategies from outside. All tests are one program, which is built and linked
//! once; each file has its subject.

mod access;
mod allocations;
mod chain_away;
mod chain_central;
mod chain_client_acks;
mod chain_crossing;
mod chain_exact;
mod chain_handback;
mod chain_heartbeats;
mod chain_life;
mod chain_lookups;
mod chain_losses;
mod chain_mended;
mod chain_offers;
mod chain_order;
mod chain_promises;
mod chain_relations;
mod chain_repair;
mod chain_returns;
mod chain_routes;
mod chain_rules_claims;
mod chain_rules_clients;
mod chain_rules_watch;
mod common;
mod cpu_turns;
mod detectors;
mod gone_after_hold;
mod gray;
mod ledger;
mod no_gateways;
mod queueing;
mod services;
mod single;
mod triggered;
mod workload;
