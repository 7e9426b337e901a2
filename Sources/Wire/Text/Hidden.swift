extension Unicode.Scalar {
    /// Whether it is not seen but acts: controls of both sets, line and paragraph separators, and marks that turn, split,
    /// join or tag the text around them. What comes from elsewhere must not carry them to a terminal or a page.
    public var isHidden: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
