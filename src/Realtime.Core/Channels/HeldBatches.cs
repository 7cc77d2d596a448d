namespace Realtime.Channels;

/// <summary>Batches that came before those that precede them, ascending. Guarded by its log.</summary>
internal sealed class HeldBatches
{
    /// <summary>About what comes in a busy channel while a hole is waited for.</summary>
    private const int MaxMessages = 512;

    private readonly List<Message[]> _batches = [];
    private int _messages;
    private int _bytes;

    internal bool IsEmpty => _batches.Count == 0;

    /// <summary>Keeps a batch; false when there is no room.</summary>
    internal bool TryAdd(ReadOnlySpan<Message> messages)
    {
        var bytes = BytesOf(messages);
        if (_messages + messages.Length > MaxMessages || _bytes + bytes > MessageTail.MaxBytes)
            return false;
        var at = _batches.Count;
        while (at > 0 && _batches[at - 1][0].Offset > messages[0].Offset)
            at--;
        _batches.Insert(at, messages.ToArray());
        _messages += messages.Length;
        _bytes += bytes;
        return true;
    }

    /// <summary>Takes the first batch, where it begins at or before <paramref name="offset"/>.</summary>
    internal bool TryTake(long offset, out Message[] messages)
    {
        messages = [];
        if (_batches.Count == 0 || _batches[0][0].Offset > offset)
            return false;
        messages = _batches[0];
        _batches.RemoveAt(0);
        _messages -= messages.Length;
        _bytes -= BytesOf(messages);
        return true;
    }

    private static int BytesOf(ReadOnlySpan<Message> messages)
    {
        var bytes = 0;
        foreach (var message in messages)
            bytes += message.Json.Length;
        return bytes;
    }
}
