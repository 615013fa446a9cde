//! The declaration of a transform, and the macros that derive everything else from it.

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Canvas, Mix};
use crate::image::Shape;
use crate::random::Rng;

/// What every transform says and does.
pub trait Transform: Default + Serialize + DeserializeOwned + JsonSchema {
    /// The numbers of one picture; nothing random is left in them.
    type Drawn: Serialize + DeserializeOwned + Clone + Debug + PartialEq;

    /// Its facts.
    const CARD: Card;

    /// The chance that the step is applied.
    fn chance(&self) -> f64;

    /// The JSON schema of what may stand after its name.
    fn body(generator: &mut SchemaGenerator) -> Schema {
        let parameters = generator.subschema_for::<Self>();
        json_schema!({"oneOf": [parameters, {"type": "null"}]})
    }

    /// From a text in place of parameters, where it has such a form.
    fn from_text(text: &str) -> Result<Self, String> {
        Err(format!("`{text}` stands where {{parameters}} should"))
    }

    /// Says what is wrong with the parameters, if anything is.
    fn check(&self) -> Result<(), String>;

    /// Draws the numbers for a picture of this shape.
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Self::Drawn;

    /// The shape afterwards.
    fn shape(_drawn: &Self::Drawn, before: Shape) -> Shape {
        before
    }

    /// What it takes from other originals, where it does.
    fn mix(_drawn: &Self::Drawn) -> Option<Mix> {
        None
    }

    /// Carries the drawn numbers out.
    fn apply(drawn: &Self::Drawn, canvas: &mut Canvas);

    /// Numbers for the preview picture, the golden file and the comparison with the peer.
    fn example(shape: Shape) -> Self::Drawn;
}

/// The facts of a transform.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// Its name in pipeline files.
    pub name: &'static str,
    /// What it does; the first sentence is the summary.
    pub doc: &'static str,
    /// The source file.
    pub file: &'static str,
    /// Its parameters, `p` last.
    pub parameters: &'static [Parameter],
    /// What it is compared with.
    pub peer: Peer,
}

/// A parameter of a transform.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key in pipeline files.
    pub name: &'static str,
    /// Meaning and unit.
    pub doc: &'static str,
}

/// The Python expression that computes the same, or the reason why there is none.
#[derive(Clone, Copy, Debug)]
pub enum Peer {
    /// Compared on a real picture with the example's numbers.
    Call {
        /// In terms of `img` (height x width x 3, RGB, u8), `h`, `w`, `np`, `cv2`, `Image` and `ImageOps` (Pillow), and the
        /// double-precision `warp` and `remap` of scripts/peers.py.
        python: &'static str,
        /// The largest difference of any sample, in levels.
        max_diff: u8,
        /// Why it is not 0, where it is not.
        because: &'static str,
    },
    /// Nothing computes the same.
    None {
        /// Why, and what tests it instead.
        why: &'static str,
    },
}

/// What stands after the name of a transform: parameters, a text where it has such a form, or nothing for defaults.
pub(crate) struct Body<T>(pub T);

impl<'de, T: Transform> Deserialize<'de> for Body<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BodyVisitor<T>(PhantomData<T>);
        impl<'de, T: Transform> Visitor<'de> for BodyVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("{parameters}, or nothing for defaults")
            }

            fn visit_unit<E: de::Error>(self) -> Result<T, E> {
                Ok(T::default())
            }

            fn visit_none<E: de::Error>(self) -> Result<T, E> {
                Ok(T::default())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
                T::from_text(text).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(BodyVisitor(PhantomData)).map(Self)
    }
}

/// Declares a transform: its struct with defaults, its documentation and its chance `p`.
macro_rules! transform {
    (
        $(#[doc = $doc:literal])*
        $name:literal => $Type:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident: $field_type:ty = $default:expr, )*
        }
        p: $p:literal;
        peer: $peer:expr;
        $($body:tt)*
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[allow(clippy::struct_field_names, reason = "parameters have the field's names, such as `fog_coef` of `fog`")]
        pub struct $Type {
            $( $(#[doc = $field_doc])* pub $field: $field_type, )*
            /// The chance that the step is applied; inside `one_of` and `some_of`, its weight.
            pub p: f64,
        }

        impl Default for $Type {
            fn default() -> Self {
                Self { $( $field: $default, )* p: $p }
            }
        }

        impl $crate::transform::Transform for $Type {
            const CARD: $crate::transform::Card = $crate::transform::Card {
                name: $name,
                doc: concat!($($doc, "\n"),*),
                file: file!(),
                parameters: &[
                    $( $crate::transform::Parameter {
                        name: stringify!($field),
                        doc: concat!($($field_doc, " "),*),
                    }, )*
                    $crate::transform::Parameter {
                        name: "p",
                        doc: "The chance that the step is applied; inside `one_of` and `some_of`, its weight.",
                    },
                ],
                peer: $peer,
            };

            fn chance(&self) -> f64 {
                self.p
            }

            $($body)*
        }
    };
}
pub(crate) use transform;

/// Makes the closed set of transforms from the one list.
macro_rules! catalog {
    ($( $name:literal => $kind:ident::$module:ident::$Type:ident, )*) => {
        /// A transform with its parameters, as in a pipeline file.
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub enum Step {
            $( #[doc = concat!("`", $name, "`")] #[serde(rename = $name)] $Type($kind::$module::$Type), )*
        }

        /// The numbers drawn for one transform and one picture.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum Drawn {
            $( #[doc = concat!("`", $name, "`")] #[serde(rename = $name)]
               $Type(<$kind::$module::$Type as Transform>::Drawn), )*
        }

        /// The facts of every transform, by name.
        pub const CATALOG: &[Card] = &[ $( <$kind::$module::$Type as Transform>::CARD, )* ];

        impl Step {
            /// Reads the parameters of the transform of this name; `None` where there is none of this name. A missing
            /// body means defaults.
            pub fn read<'de, A: serde::de::MapAccess<'de>>(name: &str, map: &mut A) -> Option<Result<Self, A::Error>> {
                match name {
                    $( $name => Some(
                        map.next_value::<$crate::transform::declare::Body<$kind::$module::$Type>>().map(|t| Self::$Type(t.0))
                    ), )*
                    _ => None,
                }
            }

            /// The transform of this name with its defaults.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$Type(Default::default())), )*
                    _ => None,
                }
            }

            /// The JSON schema of what may stand after each transform's name.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
                vec![ $( ($name, <$kind::$module::$Type as Transform>::body(generator)), )* ]
            }

            /// Its facts.
            pub fn card(&self) -> &'static Card {
                match self { $( Self::$Type(_) => &<$kind::$module::$Type as Transform>::CARD, )* }
            }

            /// The chance that it is applied.
            pub fn chance(&self) -> f64 {
                match self { $( Self::$Type(t) => t.chance(), )* }
            }

            /// Says what is wrong with the parameters, if anything is.
            pub fn check(&self) -> Result<(), String> {
                let p = self.chance();
                if !(0.0..=1.0).contains(&p) {
                    return Err(format!("p must be from 0 to 1, got {p}"));
                }
                match self { $( Self::$Type(t) => t.check(), )* }
            }

            /// Draws the numbers for a picture of this shape.
            pub fn draw(&self, shape: crate::image::Shape, rng: &mut crate::random::Rng) -> Drawn {
                match self { $( Self::$Type(t) => Drawn::$Type(t.draw(shape, rng)), )* }
            }

            /// Fixed numbers that show what it does to a picture of this shape.
            pub fn example(&self, shape: crate::image::Shape) -> Drawn {
                match self { $( Self::$Type(_) => Drawn::$Type(<$kind::$module::$Type as Transform>::example(shape)), )* }
            }
        }

        impl Drawn {
            /// The shape of a picture afterwards.
            pub fn shape(&self, before: crate::image::Shape) -> crate::image::Shape {
                match self { $( Self::$Type(d) => <$kind::$module::$Type as Transform>::shape(d, before), )* }
            }

            /// What it takes from other originals, where it does.
            pub fn mix(&self) -> Option<Mix> {
                match self { $( Self::$Type(d) => <$kind::$module::$Type as Transform>::mix(d), )* }
            }

            /// Carries the numbers out.
            pub fn apply(&self, canvas: &mut Canvas) {
                match self { $( Self::$Type(d) => <$kind::$module::$Type as Transform>::apply(d, canvas), )* }
            }
        }
    };
}
pub(crate) use catalog;
