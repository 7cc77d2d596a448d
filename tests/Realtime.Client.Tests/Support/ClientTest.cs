using Realtime.Testing.Clients;

namespace Realtime.Client.Tests.Support;

/// <summary>What the tests of the client share.</summary>
public abstract class ClientTest(ClientServer server) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    public static TheoryData<RealtimeTransport> EveryTransport =>
        [RealtimeTransport.WebSocket, RealtimeTransport.ServerSentEvents, RealtimeTransport.LongPoll, RealtimeTransport.ShortPoll];

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected ClientServer Server => server;

    /// <summary>A channel that no other test uses.</summary>
    private protected string Channel { get; } = $"room:{Guid.NewGuid():N}";

    /// <summary>The user who publishes, without the client under test.</summary>
    private protected ServerClient Alice { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Alice = await ServerClient.SignInAsync(server.Address);

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened))
            await one.DisposeAsync();
        Alice.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Options whose pauses are short.</summary>
    private protected RealtimeClientOptions Options(RealtimeTransport transport = RealtimeTransport.Auto, Uri? through = null) => new()
    {
        Uri = through ?? server.Address,
        Token = _ => ValueTask.FromResult(TestToken.Create("bob", TimeSpan.FromHours(1))),
        Transport = transport,
        PollInterval = TimeSpan.FromMilliseconds(20),
        ReconnectDelay = TimeSpan.FromMilliseconds(1),
        MaxReconnectDelay = TimeSpan.FromMilliseconds(20),
    };

    private protected RealtimeClient Open(RealtimeClientOptions options) => Keep(new RealtimeClient(options));

    private protected T Keep<T>(T one)
        where T : IAsyncDisposable
    {
        _opened.Add(one);
        return one;
    }

    /// <summary>Begins to read, and returns once the connection has been proven.</summary>
    private protected async Task<TestSubscription> ReadAsync(RealtimeClient client, string? cursor = null, params string[] channels)
    {
        var subscription = Keep(new TestSubscription(client, channels.Length == 0 ? [Channel] : channels, cursor));
        await Deadline.WithinAsync(subscription.Connected, "proven connection");
        return subscription;
    }

    private protected static void AssertOffsets(long first, IReadOnlyCollection<ReceivedMessage> items) =>
        Assert.Equal(Enumerable.Range(0, items.Count).Select(i => first + i), items.Select(item => item.Offset));
}
