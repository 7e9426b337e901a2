/// How long a test waits for what must come: far longer than a machine under load takes, where hundreds of tests share a
/// pool of two threads. Only what hangs meets it.
public enum Patience {
    public static let seconds = 120
}
