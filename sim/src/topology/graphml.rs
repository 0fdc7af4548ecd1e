//! GraphML, as the Internet Topology Zoo, networkx and yEd write it.
//!
//! Of a node the names `label`, `Latitude`, `Longitude`, `hyperedge`, `host_bandwidth_up` and
//! `host_bandwidth_down` are read; of an edge `latency`, `jitter`, `packet_loss`, `bandwidth` and
//! `LinkSpeedRaw`. The `<key>` elements say which `<data>` these are. The rest is passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::draft::{Attributes, Draft};
use super::text::{Lines, ParseError, many, shown, without_mark};
use super::{Direction, MapOptions, Topology};

/// A `<key>`: what a `<data>` that names it means.
struct Key<'t> {
    /// `attr.name`; editors leave it out where they keep drawings.
    name: Option<&'t str>,
    /// `node`, `edge`, … or `all`.
    of: &'t str,
    default: Option<Cow<'t, str>>,
    line: usize,
}

type Keys<'t> = BTreeMap<&'t str, Key<'t>>;

impl Topology {
    /// Reads the text of a GraphML file.
    ///
    /// ```
    /// # use penult_sim::{MapOptions, Topology};
    /// let options = MapOptions::default();
    /// let error = Topology::from_graphml("<graphml>\n<graph>", &options).unwrap_err();
    /// assert_eq!(error.line, 2);
    /// ```
    pub fn from_graphml(text: &str, options: &MapOptions) -> Result<Self, ParseError> {
        let text = without_mark(text);
        let document = Document::parse(text).map_err(|error| not_xml(text, &error))?;
        let reader = Reader { lines: Lines::of(text) };
        reader.map(&document, options)
    }
}

/// The parser knows no position for what it finds at the end of a text, nor for document types.
fn not_xml(text: &str, error: &roxmltree::Error) -> ParseError {
    use roxmltree::Error::{DtdDetected, UnclosedRootNode, UnexpectedEndOfStream};
    let line = match error {
        DtdDetected => Lines::of(text).at(text.find("<!DOCTYPE").unwrap_or(0)),
        UnclosedRootNode | UnexpectedEndOfStream => text.lines().count().max(1),
        _ => error.pos().row as usize,
    };
    match error {
        DtdDetected => ParseError::new(
            line,
            "a document type (<!DOCTYPE …>) is not read: take it out, GraphML doesn't need it",
        ),
        _ => ParseError::new(line, format!("this is not well-formed XML: {error}")),
    }
}

struct Reader {
    lines: Lines,
}

impl Reader {
    fn line(&self, node: Node) -> usize {
        self.lines.at(node.range().start)
    }

    fn error(&self, node: Node, message: impl Into<String>) -> ParseError {
        ParseError::new(self.line(node), message)
    }

    fn map(&self, document: &Document, options: &MapOptions) -> Result<Topology, ParseError> {
        let root = document.root_element();
        if root.tag_name().name() != "graphml" {
            let what = format!(
                "the outermost element is <{}>: a GraphML file has <graphml>",
                root.tag_name().name()
            );
            return Err(self.error(root, what));
        }
        let mut graphs = children(root, "graph");
        let Some(graph) = graphs.next() else {
            return Err(self.error(root, "there is no <graph> in this <graphml>"));
        };
        if let Some(second) = graphs.next() {
            return Err(self.error(second, "a second <graph>: a map is one graph"));
        }
        let keys = self.keys(root)?;
        let mut draft = Draft::new(options);
        let usual = self.usual_direction(graph, &mut draft)?;

        let mut ports = 0;
        for node in children(graph, "node") {
            if let Some(inner) = children(node, "graph").next() {
                return Err(self.error(
                    inner,
                    "a <graph> inside a <node>: a map is flat, with all nodes in one graph",
                ));
            }
            let id = self.needed(node, "id")?;
            ports += children(node, "port").count();
            draft.add_place(id, self.line(node), &self.attributes(node, "node", &keys)?)?;
        }
        if ports > 0 {
            let ports = many(ports, "port");
            draft.assumed.push(format!("{ports} taken for the node they belong to"));
        }
        for edge in graph.children().filter(Node::is_element) {
            match edge.tag_name().name() {
                "edge" => {
                    let ends = (self.needed(edge, "source")?, self.needed(edge, "target")?);
                    let direction = self.direction(edge, usual)?;
                    let said = self.attributes(edge, "edge", &keys)?;
                    draft.add_edge(ends, direction, self.line(edge), &said)?;
                }
                "hyperedge" => {
                    return Err(self.error(
                        edge,
                        "a <hyperedge>: a link has two ends; use an <edge> for each pair",
                    ));
                }
                _ => {}
            }
        }
        draft.finish(self.line(graph))
    }

    fn keys<'t>(&self, root: Node<'t, 't>) -> Result<Keys<'t>, ParseError> {
        let mut keys = Keys::new();
        for key in children(root, "key") {
            let read = Key {
                name: key.attribute("attr.name"),
                of: key.attribute("for").unwrap_or("all"),
                default: children(key, "default").next().map(content),
                line: self.line(key),
            };
            let id = self.needed(key, "id")?;
            if let Some(first) = keys.insert(id, read) {
                let what = format!(
                    "a second <key> with the id {} (the first is on line {}): each needs its own",
                    shown(id),
                    first.line
                );
                return Err(self.error(key, what));
            }
        }
        Ok(keys)
    }

    /// What the `<data>` of a node or edge says, then the defaults of the keys it leaves out.
    fn attributes<'t>(
        &self,
        element: Node<'t, 't>,
        of: &str,
        keys: &Keys<'t>,
    ) -> Result<Attributes<'t>, ParseError> {
        let mut said = Attributes::default();
        for data in children(element, "data") {
            let id = self.needed(data, "key")?;
            let Some(key) = keys.get(id) else {
                let id = shown(id);
                return Err(self.error(
                    data,
                    format!(
                        "no <key> has the id {id}: \
                         declare it with <key id=… for=\"{of}\" attr.name=…/>"
                    ),
                ));
            };
            if let Some(name) = key.name {
                said.add(name, content(data), self.line(data));
            }
        }
        for key in keys.values().filter(|key| key.of == of || key.of == "all") {
            if let (Some(name), Some(default)) = (key.name, &key.default) {
                said.add(name, default.clone(), key.line);
            }
        }
        Ok(said)
    }

    /// The direction of edges that don't say their own.
    fn usual_direction(&self, graph: Node, draft: &mut Draft) -> Result<Direction, ParseError> {
        match graph.attribute("edgedefault") {
            Some("undirected") => Ok(Direction::Both),
            Some("directed") => Ok(Direction::Forward),
            Some(other) => {
                let other = shown(other);
                Err(self.error(
                    graph,
                    format!("edgedefault is {other}, not `directed` or `undirected`"),
                ))
            }
            None => {
                draft
                    .assumed
                    .push("the <graph> has no edgedefault: its edges are taken as two-way".into());
                Ok(Direction::Both)
            }
        }
    }

    fn direction(&self, edge: Node, usual: Direction) -> Result<Direction, ParseError> {
        match edge.attribute("directed") {
            None => Ok(usual),
            Some("true" | "1") => Ok(Direction::Forward),
            Some("false" | "0") => Ok(Direction::Both),
            Some(other) => {
                let other = shown(other);
                Err(self.error(edge, format!("directed is {other}, not `true` or `false`")))
            }
        }
    }

    fn needed<'t>(&self, element: Node<'t, 't>, name: &str) -> Result<&'t str, ParseError> {
        let value = element.attribute(name).map(str::trim);
        value.filter(|value| !value.is_empty()).ok_or_else(|| {
            let tag = element.tag_name().name();
            self.error(element, format!("this <{tag}> has no {name}: write <{tag} {name}=\"…\""))
        })
    }
}

fn children<'t>(parent: Node<'t, 't>, name: &'static str) -> impl Iterator<Item = Node<'t, 't>> {
    parent.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The text of an element, comments inside it left out.
fn content<'t>(element: Node<'t, 't>) -> Cow<'t, str> {
    let mut texts = element.children().filter(Node::is_text).filter_map(|node| node.text());
    let first = texts.next().unwrap_or_default();
    let mut whole = Cow::Borrowed(first);
    texts.for_each(|more| whole.to_mut().push_str(more));
    whole
}
