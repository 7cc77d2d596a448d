using Realtime.Testing.Clients;

namespace Realtime.Client.Tests.Support;

/// <summary>An enumeration that a test takes items from.</summary>
internal sealed class TestSubscription : IAsyncDisposable
{
    private readonly TaskCompletionSource<RealtimeTransport> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RealtimeClient _client;
    private readonly CancellationTokenSource _end = new();
    private readonly IAsyncEnumerator<ReceivedMessage> _items;
    private Task<bool> _next;
    private bool _isDisposed;

    internal TestSubscription(RealtimeClient client, IReadOnlyList<string> channels, string? cursor)
    {
        _client = client;
        client.ConnectionChanged += OnChanged;
        _items = client.SubscribeAsync(channels, cursor, _end.Token).GetAsyncEnumerator(_end.Token);
        // It connects when it is enumerated.
        _next = _items.MoveNextAsync().AsTask();
    }

    /// <summary>The first transport that was proven.</summary>
    internal Task<RealtimeTransport> Connected => _connected.Task;

    /// <summary>The next items.</summary>
    internal async Task<List<ReceivedMessage>> TakeAsync(int count)
    {
        var taken = new List<ReceivedMessage>(count);
        while (taken.Count < count)
        {
            Assert.True(await Deadline.WithinAsync(_next, $"item after {taken.Count} of {count}"), "The enumeration ended.");
            taken.Add(_items.Current);
            _next = _items.MoveNextAsync().AsTask();
        }

        return taken;
    }

    /// <summary>Waits for the end of the enumeration, which must not bring another item.</summary>
    internal async Task EndAsync() => Assert.False(await Deadline.WithinAsync(_next, "end of the enumeration"));

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _client.ConnectionChanged -= OnChanged;
        await _end.CancelAsync();
        try
        {
            await _next;
        }
        catch (Exception e) when (e is OperationCanceledException or RealtimeClientException)
        {
            // It ended, by this or before.
        }

        await _items.DisposeAsync();
        _end.Dispose();
    }

    private void OnChanged(object? sender, ConnectionChangedEventArgs change)
    {
        if (change.IsConnected)
            _connected.TrySetResult(change.Transport);
    }
}
