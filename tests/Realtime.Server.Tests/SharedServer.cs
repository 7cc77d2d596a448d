using Realtime.Server.Tests;
using Realtime.Testing.Conformance;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace Realtime.Server.Tests;

/// <summary>One server for all tests that need none of their own; each test keeps to channels of its own.</summary>
public sealed class SharedServer : IServerUnderTest
{
    private readonly TestServer _server = TestServer.Start(TransportConformance.SharedSettings);

    public Uri Address => _server.Address;

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
