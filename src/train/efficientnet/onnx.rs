//! A net as an ONNX file: the folded convolutions, one node after the other (`onnx.proto`, operator set 17).

use tch::Tensor;

use super::{Block, Frozen, Unit};
use crate::data::Message;
use crate::train::Error;
use crate::train::checkpoint::f32_bytes;

const OPERATORS: i64 = 17;
/// The oldest version of the file's layout that holds that operator set.
const LAYOUT: i64 = 8;

/// A graph in the making. A value is known by its name.
struct Graph {
    nodes: Vec<Message>,
    tensors: Vec<Message>,
    values: usize,
}

/// A map of features: its name and its side, by which `TensorFlow` pads.
struct Map {
    name: String,
    side: i64,
}

enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
}

impl Frozen<'_> {
    /// The net as an ONNX model for pictures of one side: `input` `[batch, 3, side, side]`, normalised, gives `logits`
    /// `[batch, classes]`. `facts` go into the model's metadata.
    pub fn onnx(&self, side: i64, facts: &[(&str, String)]) -> Result<Vec<u8>, Error> {
        let layers = &self.net.layers;
        let mut graph = Graph { nodes: Vec::new(), tensors: Vec::new(), values: 0 };
        let mut x = self.unit(&mut graph, &layers.stem, &Map { name: "input".into(), side })?;
        for block in &layers.blocks {
            x = self.block(&mut graph, block, x)?;
        }
        x = self.unit(&mut graph, &layers.head, &x)?;
        let pooled = graph.node("GlobalAveragePool", &[&x.name], &[]);
        let flat = graph.node("Flatten", &[&pooled], &[]);
        let [weight, bias] = layers.classifier.map(|i| &self.net.weights.parameters[i]);
        let (weight, bias) = (graph.tensor(weight)?, graph.tensor(bias)?);
        graph.node_as("logits", "Gemm", &[&flat, &weight, &bias], &[Attribute::Int("transB", 1)]);

        let classes = self.classes() as i64;
        let content = Message::new()
            .messages(1, graph.nodes)
            .text(2, "evenfold")
            .messages(5, graph.tensors)
            .message(11, &value("input", &[3, side, side]))
            .message(12, &value("logits", &[classes]));
        let facts = facts.iter().map(|(key, value)| Message::new().text(1, key).text(2, value));
        let model = Message::new()
            .int(1, LAYOUT)
            .text(2, "evenfold")
            .text(3, env!("CARGO_PKG_VERSION"))
            .message(7, &content)
            .message(8, &Message::new().text(1, "").int(2, OPERATORS))
            .messages(14, facts);
        Ok(model.bytes().to_vec())
    }

    fn unit(&self, graph: &mut Graph, unit: &Unit, x: &Map) -> Result<Map, Error> {
        let folded = &self.folded[unit.number];
        let (weight, bias) = (graph.tensor(&folded.weight)?, graph.tensor(&folded.bias)?);
        let window = unit.window;
        let [before, after] = window.padding(x.side);
        let attributes = [
            Attribute::Ints("kernel_shape", &[window.kernel; 2]),
            Attribute::Ints("strides", &[window.stride; 2]),
            Attribute::Ints("pads", &[before, before, after, after]),
            Attribute::Int("group", window.groups),
        ];
        let name = graph.node("Conv", &[&x.name, &weight, &bias], &attributes);
        let side = (x.side + before + after - window.kernel) / window.stride + 1;
        Ok(Map { name: if unit.active { graph.silu(&name) } else { name }, side })
    }

    fn block(&self, graph: &mut Graph, block: &Block, input: Map) -> Result<Map, Error> {
        let shortcut = input.name.clone();
        let mut x = input;
        for unit in &block.before {
            x = self.unit(graph, unit, &x)?;
        }
        if let Some(squeeze) = block.squeeze {
            let parameters = squeeze.map(|i| graph.tensor(&self.net.weights.parameters[i]));
            let [down, down_bias, up, up_bias] = parameters;
            let means = graph.node("GlobalAveragePool", &[&x.name], &[]);
            let narrow = graph.node("Conv", &[&means, &down?, &down_bias?], &[]);
            let narrow = graph.silu(&narrow);
            let wide = graph.node("Conv", &[&narrow, &up?, &up_bias?], &[]);
            let gate = graph.node("Sigmoid", &[&wide], &[]);
            x.name = graph.node("Mul", &[&x.name, &gate], &[]);
        }
        if let Some(after) = &block.after {
            x = self.unit(graph, after, &x)?;
        }
        if block.residual {
            x.name = graph.node("Add", &[&x.name, &shortcut], &[]);
        }
        Ok(x)
    }
}

impl Graph {
    fn silu(&mut self, x: &str) -> String {
        let gate = self.node("Sigmoid", &[x], &[]);
        self.node("Mul", &[x, &gate], &[])
    }

    /// Adds a node; the answer is the name of its output.
    fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute]) -> String {
        let name = self.next(operator);
        self.node_as(&name, operator, inputs, attributes);
        name
    }

    fn node_as(&mut self, name: &str, operator: &str, inputs: &[&str], attributes: &[Attribute]) {
        let inputs = inputs.iter().fold(Message::new(), |node, input| node.text(1, input));
        let attributes = attributes.iter().map(|attribute| match attribute {
            Attribute::Int(name, value) => Message::new().text(1, name).int(3, *value).int(20, 2),
            Attribute::Ints(name, values) => {
                values.iter().fold(Message::new().text(1, name), |list, value| list.int(8, *value)).int(20, 7)
            }
        });
        self.nodes.push(inputs.text(2, name).text(3, name).text(4, operator).messages(5, attributes));
    }

    /// Adds a constant; the answer is its name.
    fn tensor(&mut self, tensor: &Tensor) -> Result<String, Error> {
        let name = self.next("tensor");
        let sides = tensor.size().into_iter().fold(Message::new(), |message, side| message.int(1, side));
        self.tensors.push(sides.int(2, 1).text(8, &name).text(9, f32_bytes(tensor)?));
        Ok(name)
    }

    fn next(&mut self, kind: &str) -> String {
        self.values += 1;
        format!("{kind}_{}", self.values)
    }
}

/// Name and shape of an input or output of 32-bit floats; the first side is the batch's.
fn value(name: &str, sides: &[i64]) -> Message {
    let batch = Message::new().text(2, "batch");
    let sides = sides.iter().map(|side| Message::new().int(1, *side));
    let shape = Message::new().messages(1, std::iter::once(batch).chain(sides));
    let tensor = Message::new().int(1, 1).message(2, &shape);
    Message::new().text(1, name).message(2, &Message::new().message(1, &tensor))
}
