//! Writing protocol buffers: the few kinds of fields that other tools' files are made of.

/// One message, field by field (the wire format of protobuf 3).
#[derive(Clone, Debug, Default)]
pub struct Message(Vec<u8>);

impl Message {
    /// Without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The message as it lies in a file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// An `int32`, `int64`, `uint64`, `bool` or enum.
    #[must_use]
    pub fn int(mut self, field: u32, value: i64) -> Self {
        self.key(field, 0);
        self.varint(value as u64);
        self
    }

    /// A `double`.
    #[must_use]
    pub fn double(mut self, field: u32, value: f64) -> Self {
        self.key(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `float`.
    #[must_use]
    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// `bytes` or `string`.
    #[must_use]
    pub fn text(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.key(field, 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// A message; given several times, a list of messages.
    #[must_use]
    pub fn message(self, field: u32, value: &Self) -> Self {
        self.text(field, &value.0)
    }

    /// A list of messages.
    #[must_use]
    pub fn messages(self, field: u32, values: impl IntoIterator<Item = Self>) -> Self {
        values.into_iter().fold(self, |message, value| message.message(field, &value))
    }

    fn key(&mut self, field: u32, kind: u64) {
        self.varint((u64::from(field) << 3) | kind);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of protobuf's own description of the wire format: `int32 a = 1` of 150, `string b = 2` "testing", a
    /// message `c = 3` that holds the first; a negative number has ten bytes.
    #[test]
    fn fields_are_written_as_the_format_s_description_has_them() {
        let inner = Message::new().int(1, 150);
        assert_eq!(inner.bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(Message::new().text(2, "testing").bytes(), b"\x12\x07testing");
        assert_eq!(Message::new().message(3, &inner).bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(Message::new().int(1, -2).bytes(), [&[0x08, 0xfe][..], &[0xff; 8], &[0x01]].concat());
        assert_eq!(Message::new().float(1, 1.0).bytes(), [0x0d, 0, 0, 0x80, 0x3f]);
    }
}
