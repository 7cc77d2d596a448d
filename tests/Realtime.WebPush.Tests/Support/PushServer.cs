using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Testing.Clients;

namespace Realtime.WebPush.Tests.Support;

/// <summary>The server in the tests' process, on a real socket, with Web Push to endpoints on this machine.</summary>
internal sealed class PushServer : WebApplicationFactory<Program>
{
    private readonly (string Name, string Value)[] _settings;
    private readonly Action<IServiceCollection>? _services;

    private PushServer((string Name, string Value)[] settings, Action<IServiceCollection>? services)
    {
        _settings = settings;
        _services = services;
        UseKestrel(0);
    }

    internal Uri Address => ClientOptions.BaseAddress;

    internal static PushServer Start(params (string Name, string Value)[] settings) => StartWith(null, settings);

    internal static PushServer StartWith(Action<IServiceCollection>? services, params (string Name, string Value)[] settings)
    {
        var server = new PushServer(settings, services);
        server.StartServer();
        return server;
    }

    /// <summary>Somebody who may write to everybody: an application's backend.</summary>
    internal Task<ServerClient> PublisherAsync() => ServerClient.SignInAsync(Address, "backend", "\"pub\":[\"*\"]");

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Development");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.UseSetting("Realtime:Store:Kind", "memory");
        builder.UseSetting("Realtime:WebPush:Enabled", "true");
        builder.UseSetting("Realtime:WebPush:Subject", "mailto:operator@chat.example");
        builder.UseSetting("Realtime:WebPush:AllowLoopback", "true");
        foreach (var (name, value) in _settings)
            builder.UseSetting(name, value);
        if (_services is not null)
            builder.ConfigureTestServices(_services);
    }
}
