//! Stand-in.
#![allow(missing_docs)]
use crate::Time;
use std::collections::BinaryHeap;
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    pub at: Time,
    pub seq: u64,
    pub what: T,
}
impl<T> PartialEq for Entry<T> {
    fn eq(&self, o: &Self) -> bool {
        self.seq == o.seq
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, o: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(o))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, o: &Self) -> std::cmp::Ordering {
        (o.at, o.seq).cmp(&(self.at, self.seq))
    }
}
#[derive(Debug)]
pub struct EventQueue<T> {
    h: BinaryHeap<Entry<T>>,
}
impl<T: Copy> EventQueue<T> {
    pub fn new() -> Self {
        Self { h: BinaryHeap::new() }
    }
    pub fn push(&mut self, e: Entry<T>) {
        self.h.push(e);
    }
    pub fn peek(&mut self) -> Option<&Entry<T>> {
        self.h.peek()
    }
    pub fn pop(&mut self) -> Option<Entry<T>> {
        self.h.pop()
    }
    pub fn is_empty(&self) -> bool {
        self.h.is_empty()
    }
    pub fn len(&self) -> usize {
        self.h.len()
    }
}
