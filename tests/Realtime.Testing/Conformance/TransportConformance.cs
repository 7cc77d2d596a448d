using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

/// <summary>A server that a test talks to over real sockets.</summary>
public interface IServerUnderTest : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    Uri Address { get; }
}

/// <summary>What holds on every transport. A subclass says which transport, and how servers are started.</summary>
public abstract partial class TransportConformance(ReaderKind kind) : IAsyncLifetime
{
    /// <summary>A browser origin that the shared server allows.</summary>
    public const string AllowedOrigin = "https://app.example";

    /// <summary>The namespace in which the shared server keeps <see cref="SmallMaxMessages"/> messages of a channel.</summary>
    public const string SmallNamespace = "small";

    /// <summary>How many messages a channel of <see cref="SmallNamespace"/> keeps.</summary>
    public const int SmallMaxMessages = 10;

    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>The settings of the shared server.</summary>
    public static IReadOnlyList<(string Name, string Value)> SharedSettings { get; } =
    [
        ("Realtime:Auth:HmacKey", TestToken.HmacKey),
        ("Realtime:Delivery:PingInterval", "00:00:01"),
        ($"Realtime:Retention:{SmallNamespace}:MaxMessages", SmallMaxMessages.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("Realtime:Origins:0", AllowedOrigin),
    ];

    /// <summary>All transports, as the data of a theory.</summary>
    public static TheoryData<ReaderKind> AllKinds => [.. Enum.GetValues<ReaderKind>()];

    /// <summary>The server that all facts share but those that need one of their own.</summary>
    protected abstract IServerUnderTest Server { get; }

    /// <summary>The user who publishes and reads.</summary>
    protected ServerClient Alice { get; private set; } = null!;

    private bool IsPush => kind is ReaderKind.WebSocket or ReaderKind.ServerSentEvents or ReaderKind.HubJson or ReaderKind.HubMessagePack;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Alice = await ServerClient.SignInAsync(Server.Address);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened))
            await one.DisposeAsync();
        Alice.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a server of a fact's own.</summary>
    protected abstract ValueTask<IServerUnderTest> StartAsync(params (string Name, string Value)[] settings);

    /// <summary>A channel that no other fact uses.</summary>
    protected static string NewChannel(string prefix = "room") => $"{prefix}:{Guid.NewGuid():N}";

    private static void AssertOffsets(long first, IEnumerable<ReceivedMessage> messages)
    {
        foreach (var message in messages)
            Assert.Equal(first++, message.Offset);
    }

    private Task<TestReader> OpenAsync(string channel, string? cursor = null) => OpenAsync(kind, Alice, [channel], cursor);

    private Task<TestReader> OpenAsync(IReadOnlyList<string> channels, string? cursor = null) => OpenAsync(kind, Alice, channels, cursor);

    private async Task<TestReader> OpenAsync(ReaderKind by, ServerClient user, IReadOnlyList<string> channels, string? cursor)
    {
        var reader = Keep(TestReader.Create(by, user, channels, cursor));
        await reader.OpenAsync();
        return reader;
    }

    private T Keep<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }
}
