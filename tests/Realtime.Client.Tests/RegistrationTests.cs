using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

public sealed class RegistrationTests(ClientServer server) : ClientTest(server)
{
    [Fact]
    public async Task A_registered_client_uses_the_configured_http_client_for_everything()
    {
        var counter = new CountingHandler();
        var services = new ServiceCollection();
        services.AddRealtimeClient(options =>
        {
            options.Uri = Server.Address;
            options.Token = _ => ValueTask.FromResult(TestToken.Create("bob", TimeSpan.FromHours(1)));
        }).AddHttpMessageHandler(() => counter);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<RealtimeClient>();
        Assert.Same(client, provider.GetRequiredService<RealtimeClient>());

        await using var reader = await ReadAsync(client);
        await client.PublishAsync(Channel, 1, cancellationToken: Cancelled);
        AssertOffsets(1, await reader.TakeAsync(1));
        Assert.Equal(["/api/ws", $"/api/channels/{Uri.EscapeDataString(Channel)}/messages"], counter.Paths);
    }

    [Fact]
    public void Options_out_of_bounds_are_refused_with_their_name()
    {
        var services = new ServiceCollection();
        services.AddRealtimeClient(options => options.Uri = new Uri("ftp://chat.example.org"));
        using var provider = services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<RealtimeClient>());
        Assert.Contains("Token", error.Message, StringComparison.Ordinal);

        var options = Options();
        options.Uri = new Uri("ftp://chat.example.org");
        Assert.Contains("'ftp://chat.example.org/'", Assert.Throws<ArgumentException>(() => new RealtimeClient(options)).Message, StringComparison.Ordinal);
    }

    private sealed class CountingHandler : DelegatingHandler
    {
        internal List<string> Paths { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Paths.Add(request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
