namespace Realtime.Lab.Loop;

/// <summary>The server sent something that the protocol does not allow. The connection that reads it ends, and the result says why.</summary>
internal sealed class WireException(string message) : Exception(message);
