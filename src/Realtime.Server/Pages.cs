using Microsoft.Extensions.FileProviders;

namespace Realtime.Server;

/// <summary>Serves the pages that were built into <c>wwwroot</c> beside the program.</summary>
internal static class Pages
{
    /// <summary>Everything a page uses comes from the server itself, and nothing in it is interpreted as script or style.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    internal static void UsePages(this WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (!Directory.Exists(folder))
            return;
        var files = new PhysicalFileProvider(folder);
        app.Use(static (context, next) =>
        {
            // Pages have addresses without an ending.
            if (context.Request.Path.Value is "/lab" or "/feed" or "/advisor")
                context.Request.Path += ".html";
            return next(context);
        });
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = file =>
            {
                var headers = file.Context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers["Referrer-Policy"] = "same-origin";
                // Names under assets carry a hash of the content; the pages themselves are asked for again every time.
                headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache";
            },
        });
        // Endpoints are chosen after the files, so that a page's address never has to be one of the API's.
        app.UseRouting();
    }
}
