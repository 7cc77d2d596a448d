using Realtime.Testing.Clients;
using Realtime.Testing.Conformance;

namespace Realtime.Server.Tests.Conformance;

public abstract class ServerTransportConformance(SharedServer shared, ReaderKind kind) : TransportConformance(kind)
{
    protected override IServerUnderTest Server => shared;

    protected override ValueTask<IServerUnderTest> StartAsync(params (string Name, string Value)[] settings) =>
        ValueTask.FromResult<IServerUnderTest>(TestServer.Start(settings));
}

public sealed class WebSocketTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.WebSocket);

public sealed class ServerSentEventsTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.ServerSentEvents);

public sealed class LongPollTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.LongPoll);

public sealed class ShortPollTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.ShortPoll);

public sealed class HubJsonTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.HubJson);

public sealed class HubMessagePackTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.HubMessagePack);
