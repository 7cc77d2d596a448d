using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Backbones;
using Realtime.Testing.Conformance;

namespace Realtime.Server.Tests;

/// <summary>The server in the tests' process, on a real socket, with a store that goes with it.</summary>
internal sealed class TestServer : WebApplicationFactory<Program>, IServerUnderTest
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("realtime-test-");
    private readonly IReadOnlyList<(string Name, string Value)> _settings;

    private readonly IBackbone? _backbone;

    private TestServer(IReadOnlyList<(string Name, string Value)> settings, IBackbone? backbone = null)
    {
        _settings = settings;
        _backbone = backbone;
        UseKestrel(0);
    }

    public Uri Address => ClientOptions.BaseAddress;

    internal static TestServer Start(params IReadOnlyList<(string Name, string Value)> settings)
    {
        var server = new TestServer(settings);
        server.StartServer();
        return server;
    }

    /// <summary>Starts one of several nodes.</summary>
    internal static TestServer StartWith(IBackbone backbone, params IReadOnlyList<(string Name, string Value)> settings)
    {
        var server = new TestServer(settings, backbone);
        server.StartServer();
        return server;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Development");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.UseSetting("Realtime:Store:Path", Path.Combine(_folder.FullName, "realtime.db"));
        foreach (var (name, value) in _settings)
            builder.UseSetting(name, value);
        if (_backbone is not null)
            builder.ConfigureTestServices(services => services.AddSingleton(_backbone));
    }
}
