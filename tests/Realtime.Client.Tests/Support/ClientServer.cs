using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

[assembly: AssemblyFixture(typeof(ClientServer))]

namespace Realtime.Client.Tests.Support;

/// <summary>The server in the tests' process, on a real socket. Tests share it, each in channels of its own.</summary>
public sealed class ClientServer : WebApplicationFactory<Program>
{
    /// <summary>How many messages a channel of the namespace <c>small</c> keeps.</summary>
    internal const int SmallMaxMessages = 10;

    private readonly (string Name, string Value)[] _settings;

    public ClientServer()
        : this([])
    {
    }

    internal ClientServer(params (string Name, string Value)[] settings)
    {
        _settings = settings;
        UseKestrel(0);
        StartServer();
    }

    internal Uri Address => ClientOptions.BaseAddress;

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Development");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.UseSetting("Realtime:Store:Kind", "memory");
        builder.UseSetting("Realtime:Auth:HmacKey", TestToken.HmacKey);
        builder.UseSetting("Realtime:Delivery:PingInterval", "00:00:01");
        builder.UseSetting("Realtime:Delivery:SlowConsumerTimeout", "00:00:01");
        builder.UseSetting("Realtime:Retention:small:MaxMessages", $"{SmallMaxMessages}");
        foreach (var (name, value) in _settings)
            builder.UseSetting(name, value);
    }
}
